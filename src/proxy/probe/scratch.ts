import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The world of one probe: folders that nobody else uses, with marked values in them that no honest server sends away. */
export interface Scratch {
	/** Absolute, free of symlinks, 0700; everything else lies in it. */
	readonly root: string;
	readonly workspace: string;
	readonly home: string;
	readonly temporary: string;
	/** A file of the workspace that can be read. */
	readonly file: string;
	/** Stands in files and variables in the place of secrets. */
	readonly canary: string;
	/** Removes all of it; never rejects. */
	remove(): Promise<void>;
}

/** Makes the world of a probe in a folder for temporary files. `token` is unguessable. Rejects where nothing can be written. */
export async function makeScratch(within: string, token: string): Promise<Scratch> {
	const root = await realpath(await mkdtemp(join(within, 'mcp-firewall-probe-')));
	const canary = `probe-canary-${token}`;
	const [workspace, home, temporary] = [join(root, 'workspace'), join(root, 'home'), join(root, 'tmp')];
	const file = join(workspace, 'notes.txt');
	const files: Readonly<Record<string, string>> = {
		[file]: 'Notes of the probe.\nNothing here belongs to anybody.\n',
		[join(workspace, 'README.md')]: '# A project that MCP Firewall made to probe a server\n',
		[join(workspace, 'src', 'main.js')]: 'console.log("hello");\n',
		[join(workspace, 'data.json')]: '{"items":[1,2,3]}\n',
		[join(workspace, '.env')]: `API_KEY=${canary}\n`,
		[join(home, '.ssh', 'id_ed25519')]: `${canary}\n`,
		[join(home, '.aws', 'credentials')]: `[default]\naws_secret_access_key = ${canary}\n`,
	};
	const remove = () => rm(root, { recursive: true, force: true, maxRetries: 5 }).catch(() => undefined);
	try {
		for (const folder of [join(workspace, 'src'), join(home, '.ssh'), join(home, '.aws'), temporary]) {
			await mkdir(folder, { recursive: true, mode: 0o700 });
		}
		for (const [path, text] of Object.entries(files)) {
			await writeFile(path, text, { mode: 0o600 });
		}
	} catch (error) {
		await remove();
		throw error;
	}
	return { root, workspace, home, temporary, file, canary, remove };
}
