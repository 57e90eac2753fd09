/** A number that whoever runs the tests gave them, for example `SIMULATION_SEEDS=100000`. */
export function numberFromEnvironment(name: string): number | undefined {
  const value = process.env[name];
  if (value === undefined || value === '') return undefined;
  const number = Number(value);
  if (!Number.isFinite(number)) throw new Error(`${name} is not a number: ${value}`);
  return number;
}
