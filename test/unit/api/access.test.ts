import { ACCESS, assertMay, type Access, type Role } from '../../../api/access';
import { withoutReferences } from '../../../api/references';
import { ApiError } from '../../../api/errors';

const ALL = Object.keys(ACCESS) as Access[];
const may = (role: Role, grants?: Access[]): Access[] =>
  ALL.filter((access) => {
    try {
      assertMay(grants ? { role, grants } : { role }, access);
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.code === 'FORBIDDEN') return false;
      throw error;
    }
  });

test('each role may what its work needs', () => {
  expect(may('user')).toEqual(['read', 'answer', 'create', 'operate']);
  expect(may('admin')).toEqual(ALL);
  expect(may('super_admin')).toEqual(ALL);
});

test('a service may what its token says, and never what services may not', () => {
  expect(may('service')).toEqual([]);
  expect(may('service', ['create'])).toEqual(['create']);
  expect(may('service', ALL)).toEqual(['read', 'create']);
});

test('references are left out however deep they stand, and all else stays', () => {
  const shown = { email: 'a@b.example', list: [{ n: 1 }, null, 'secret_id'] };
  const stored = {
    ...shown,
    secret_id: 's',
    account: { passwordRef: 'p', ownerKey: 'o', deep: [{ userPasswordRef: 'u', kept: true }] },
  };
  expect(withoutReferences(stored)).toEqual({ ...shown, account: { deep: [{ kept: true }] } });
});
