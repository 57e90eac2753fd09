const MESSAGE = 'No shell strings: use spawn or execFile with an argv, and no shell.';

/** A command that is one string is read by a shell, and so is whatever somebody put into it. */
export const noShellStrings = {
  'no-restricted-imports': [
    'error',
    {
      paths: ['node:child_process', 'child_process'].map((name) => ({
        name,
        importNames: ['exec', 'execSync'],
        message: MESSAGE,
      })),
    },
  ],
  'no-restricted-syntax': [
    'error',
    { selector: 'Property[key.name="shell"][value.type="Literal"][value.value!=false]', message: MESSAGE },
    { selector: 'Property[key.value="shell"][value.type="Literal"][value.value!=false]', message: MESSAGE },
    // child_process.exec(…), cp.execSync(…); the `exec` of a regular expression takes no template and is not on such an object.
    {
      selector: 'MemberExpression[object.name=/^(child_process|childProcess|cp)$/][property.name=/^exec(Sync)?$/]',
      message: MESSAGE,
    },
    {
      selector:
        'CallExpression[callee.property.name=/^exec(Sync)?$/][callee.object.callee.name="require"][callee.object.arguments.0.value=/child_process/]',
      message: MESSAGE,
    },
  ],
};
