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

  write(token: string, stay: boolean): void {
    this.clear();
    try {
      (stay ? localStorage : sessionStorage).setItem(KEY, token);
    } catch {
      this.memory = token;
    }
  }

  clear(): void {
    this.memory = null;
    for (const storage of [localStorage, sessionStorage]) {
      try {
        storage.removeItem(KEY);
      } catch {
        // Storage that cannot be read holds nothing.
      }
    }
  }

  private get(storage: Storage): string | null {
    try {
      return storage.getItem(KEY);
    } catch {
      return null;
    }
  }
}
