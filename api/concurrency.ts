export { mapLimited } from '../domain/concurrency';
