import { samePath } from '../../base/samePath';
import { type Launch } from './launch';

/** How the launch of our own shim is known. */
export interface ShimSigns {
	/** Absolute paths of the shim: at its lasting place, and in the extension. */
	readonly files: readonly string[];
	/** Absolute paths of the programs that start it. */
	readonly programs: readonly string[];
}

/** The one variable that a shim's launch may set: it makes the desktop editor's program run as Node. */
const AS_NODE = 'ELECTRON_RUN_AS_NODE';

/**
 * The id of the server for which a launch starts our shim; undefined for every other launch. Program, file and variables all
 * have to be ours, so that nothing passes for guarded which starts code of its own.
 */
export function shimmedServer(launch: Launch, { files, programs }: ShimSigns): string | undefined {
	if (launch.kind !== 'stdio' || launch.cwd !== undefined || launch.env.some(name => name !== AS_NODE)) {
		return undefined;
	}
	const [file = '', id = '', flag, folder, ...rest] = launch.args;
	const tail = flag === undefined || (flag === '--workspace' && folder !== undefined && rest.length === 0);
	const isOne = (known: readonly string[], path: string) => known.some(each => samePath(each, path));
	const ours = isOne(programs, launch.command) && isOne(files, file) && /^[0-9a-f]{64}$/.test(id) && tail;
	return ours ? id : undefined;
}
