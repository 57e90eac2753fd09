export interface User {
  readonly id: string;
  readonly email: string;
  readonly role?: string;
}

/** What login and refresh answer. `expiresIn` counts seconds. */
export interface LoginTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresIn: number;
  readonly user?: User;
  /** The tokens are good for enrolling a second factor only. */
  readonly totpEnrollment?: 'required';
}

/** A login as the tabs of one browser share it. */
export interface Login {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Milliseconds of `Date.now`. */
  readonly expiresAt: number;
  readonly user: User;
  /** A second factor has to be enrolled before anything else. */
  readonly mustEnroll: boolean;
}
