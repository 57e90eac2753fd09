import type { Row } from './row';
import { brokerSigkillFlood, brokerSigkillTyping, brokerUpgrade } from './rows/broker';
import { clockJump } from './rows/clock';
import { diskFull } from './rows/disk';
import { gatewaySigkill, gatewaySigkillAgain, gatewaySigstop, gracefulRoll } from './rows/gateway';
import { herd500 } from './rows/herd';
import { keeperSigkill } from './rows/keeper';
import { networkBlackHole, networkCut } from './rows/network';
import { outboxSigkill } from './rows/outbox';
import { bothAway, postgresStop, redisSigkill } from './rows/stores';

/** In the order of the table. */
export const ROWS: readonly Row[] = [
  gatewaySigkill,
  gatewaySigkillAgain,
  gracefulRoll,
  gatewaySigstop,
  herd500,
  networkCut,
  networkBlackHole,
  brokerSigkillTyping,
  brokerSigkillFlood,
  brokerUpgrade,
  keeperSigkill,
  redisSigkill,
  postgresStop,
  bothAway,
  outboxSigkill,
  diskFull,
  clockJump,
];
