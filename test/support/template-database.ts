/** Migrated once for the run; every suite gets a copy. */
export const TEMPLATE_DATABASE = 'holdfast_template';
