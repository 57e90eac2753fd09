import type { Row } from './row';
import { brokerSigkillFlood, brokerSigkillTyping, brokerUpgrade } from './rows/broker';
import { clockJump } from './rows/clock';
import { diskFull } from './rows/disk';
import { keeperSigkill } from './rows/keeper';
import { networkBlackHole, networkCut } from './rows/network';
import { postgresStop, redisSigkill } from './rows/stores';

/** In the order of the table. */
export const ROWS: readonly Row[] = [
  networkCut,
  networkBlackHole,
  brokerSigkillTyping,
  brokerSigkillFlood,
  brokerUpgrade,
  keeperSigkill,
  redisSigkill,
  postgresStop,
  diskFull,
  clockJump,
];
