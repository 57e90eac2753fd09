/** Why a refresh token of a known login was refused. Clients are not told. */
export class RefreshRefused extends Error {
  constructor(
    readonly reason: 'reused' | 'rotated',
    readonly loginId: string,
  ) {
    super(reason === 'reused' ? 'The refresh token was used before.' : 'Its login has ended.');
    this.name = 'RefreshRefused';
  }
}
