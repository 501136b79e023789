import { type PathResolver } from './ports';

/**
 * Takes every path for what its text says and never looks at a disk: for paths that a workspace or a foreign trail names and
 * that nobody is about to use. On Windows even a look at `\\host\share` sends the person's name and a proof of the password
 * to that host.
 */
export const textPaths: PathResolver = { realPath: path => Promise.resolve(path) };
