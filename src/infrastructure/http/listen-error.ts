import { errorCode, errorMessage, StartupError } from '../startup-error';

/** Why a port could not be opened, in one sentence that names the variable to change. */
export function listenError(error: unknown, variable: string, port: number, host: string): StartupError {
  return new StartupError(sentence(error, variable, port, host), { cause: error });
}

function sentence(error: unknown, variable: string, port: number, host: string): string {
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use; end what uses it or set ${variable} to another one.`;
    case 'EACCES':
      return `This user may not open port ${port}; set ${variable} to one above 1023.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is not an address of this machine; set HOST to one that is.`;
    default:
      return `Port ${port} on ${host} cannot be opened (${errorMessage(error)}); set ${variable} to another one.`;
  }
}
