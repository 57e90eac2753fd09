const KEY = 'holdfast.refresh';

/**
 * Where the refresh token lives: `sessionStorage` (gone with the tab), or `localStorage` (shared by all tabs) when the user
 * ticked "stay signed in".
 */
export class TokenStorage {
  private memory: string | null = null;

  get stays(): boolean {
    return this.get(localStorage) !== null;
  }

  read(): string | null {
    return this.get(localStorage) ?? this.get(sessionStorage) ?? this.memory;
  }

  /** Never without a token in between: another tab would take that for signed out. */
  write(token: string, stay: boolean): void {
    const [storage, other] = stay ? [localStorage, sessionStorage] : [sessionStorage, localStorage];
    this.memory = null;
    try {
      storage.setItem(KEY, token);
    } catch {
      this.memory = token;
      remove(storage);
    }
    remove(other);
  }

  clear(): void {
    this.memory = null;
    for (const storage of [localStorage, sessionStorage]) remove(storage);
  }

  private get(storage: Storage): string | null {
    try {
      return storage.getItem(KEY);
    } catch {
      return null;
    }
  }
}

function remove(storage: Storage): void {
  try {
    storage.removeItem(KEY);
  } catch {
    // Storage that cannot be read holds nothing.
  }
}
