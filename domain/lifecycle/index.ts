/** How a process of ours starts and stops: it waits for what it needs, ends in an orderly way, and dies aloud. */
export { waitForNeeds, StartupError, type Need } from './needs';
export { missingMigrations, recordClient, recordNeed } from './record-need';
export { problemOf, searchAttributesOf, temporalNeed } from './temporal-need';
export { endOnUncaught, listenForStop, runProgram, type LifecycleLog, type Stop } from './stop';
export {
  ENGINE_OF_RECORD,
  OTHER_ENGINE,
  engineAnswer,
  engineOfRecord,
  engineQuestion,
  notedEngine,
  readNamespace,
  type EngineNamespace,
} from './engine-of-record';
