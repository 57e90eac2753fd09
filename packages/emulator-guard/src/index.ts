export { repairEraseAbove } from './erase-above';
export { EFFORT_LIMIT, EffortExceeded, Guard, type OnExcess } from './guard';
export { guardedCoreOf, type GuardedCore, type LinkData, type LinkService } from './guarded-core';
export { Hyperlinks } from './hyperlinks';
