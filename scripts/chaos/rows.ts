import type { Row } from './row';
import { brokerSigkillFlood, brokerSigkillTyping, brokerUpgrade } from './rows/broker';
import { networkBlackHole, networkCut } from './rows/network';

/** In the order of the table. */
export const ROWS: readonly Row[] = [
  brokerSigkillTyping,
  brokerSigkillFlood,
  brokerUpgrade,
  networkCut,
  networkBlackHole,
];
