import fs from 'node:fs';
import path from 'node:path';
import { writeFileAtomically } from '../infrastructure/data-directory';
import { errorCode } from '../infrastructure/startup-error';

const DIRECTORY_MODE = 0o700;

/**
 * Which incarnation of a project a workspace belongs to. Ids are chosen by people: a project that was deleted can be made again by
 * somebody else under the same id, who must not find the files of the first one.
 */
export class WorkspaceMarks {
  private readonly directory: string;

  constructor(dataDir: string) {
    this.directory = path.join(dataDir, 'workspace-marks');
  }

  read(projectId: string): number | undefined {
    try {
      const mark = Number(fs.readFileSync(this.file(projectId), 'utf8'));
      return Number.isSafeInteger(mark) && mark > 0 ? mark : undefined;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  write(projectId: string, incarnation: number): void {
    fs.mkdirSync(this.directory, { recursive: true, mode: DIRECTORY_MODE });
    writeFileAtomically(this.file(projectId), String(incarnation));
  }

  remove(projectId: string): void {
    fs.rmSync(this.file(projectId), { force: true });
  }

  /** With an ending, so that no id is the name of somebody's temporary file, or of a directory. */
  private file(projectId: string): string {
    return path.join(this.directory, `${projectId}.mark`);
  }
}
