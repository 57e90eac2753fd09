/** Which of the two gateways a ticket opens. */
export type Gateway = 'terminal' | 'claude';
