/** A Map that forgets the least recently used entry when it is full. */
export class BoundedMap<K, V> extends Map<K, V> {
  constructor(private readonly maxEntries: number) {
    super();
  }

  override get(key: K): V | undefined {
    const value = super.get(key);
    // A Map keeps the order of insertion: what was used last stands last.
    if (value !== undefined && super.delete(key)) super.set(key, value);
    return value;
  }

  override set(key: K, value: V): this {
    super.delete(key);
    super.set(key, value);
    for (const oldest of this.keys()) {
      if (this.size <= this.maxEntries) break;
      super.delete(oldest);
    }
    return this;
  }
}
