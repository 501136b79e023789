import { LsofWatch } from './lsofWatch';
import { type ProcessWatch, type ProcessWatchOptions } from './processWatch';
import { ProcWatch } from './procWatch';

/** The way to look at processes on a platform; opened before the server is started. */
export async function watchProcesses(platform: NodeJS.Platform, options: ProcessWatchOptions): Promise<ProcessWatch> {
	if (platform === 'linux') {
		return ProcWatch.open(options);
	}
	return platform === 'darwin' ? new LsofWatch(options) : NOBODY_LOOKS;
}

const NOBODY_LOOKS: ProcessWatch = {
	blind: ['Direct connections and child processes are not observed on this system; the files and the proxy are.'],
	drain: () => Promise.resolve({ connections: [], children: [] }),
	close: () => Promise.resolve(),
};
