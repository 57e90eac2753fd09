export { repairEraseAbove } from './erase-above';
export { EFFORT_LIMIT, EffortExceeded, Guard, type OnExcess } from './guard';
export { guardedCoreOf, type GuardedCore } from './guarded-core';
