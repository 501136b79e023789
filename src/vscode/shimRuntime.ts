import { join } from 'node:path';
import { type ShimSigns } from '../domain/registry/shimSigns';
import { connectFile, discoveryFolder } from '../storage/discoveryPlace';
import { type ShimRuntime } from './discoveryShim';

/** The program of this extension host. */
export const shimRuntime: ShimRuntime = {
	program: process.execPath,
	isElectron: process.versions['electron'] !== undefined,
};

/** The shim that came with this extension. */
export function bundledShim(extensionPath: string): string {
	return join(extensionPath, 'dist', 'connect.cjs');
}

/** How launches of our shim in files of other clients are known. */
export function shimSignsHere(extensionPath: string): ShimSigns {
	return { files: [connectFile(discoveryFolder()), bundledShim(extensionPath)], programs: [shimRuntime.program] };
}
