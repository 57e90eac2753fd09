/** What a member may do: an owner manages the project, a writer types, a viewer watches. */
export type ProjectRole = 'owner' | 'writer' | 'viewer';

export const PROJECT_ROLES = ['owner', 'writer', 'viewer'] as const satisfies readonly ProjectRole[];
