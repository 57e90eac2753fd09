import type { Row } from './row';
import { brokerSigkillFlood, brokerSigkillTyping, brokerUpgrade } from './rows/broker';

/** In the order of the table. */
export const ROWS: readonly Row[] = [brokerSigkillTyping, brokerSigkillFlood, brokerUpgrade];
