import { isAbsolutePath } from '../../base/absolutePath';
import { samePath } from '../../base/samePath';
import { type ServerOrigin } from './serverEntry';

/** One file in which servers may be defined. */
export interface OriginPlace extends ServerOrigin {
	/** The directory that the file must not leave through links. */
	readonly within: string;
	/** What `${workspaceFolder}` stands for; absent where no folder is open, and for a file of no folder where several are. */
	readonly folder?: string;
}

/** What the places depend on. All paths are absolute. */
export interface PlacesHost {
	/** As `process.platform`. */
	readonly platform: string;
	readonly home: string;
	/** `APPDATA` of Windows, `XDG_CONFIG_HOME` and `COPILOT_HOME`, `CLAUDE_CONFIG_DIR` where they are set. */
	readonly env: Readonly<Record<string, string | undefined>>;
	/** The open folders. */
	readonly folders: readonly string[];
	/** The `*.code-workspace` file that is open. */
	readonly workspaceFile?: string;
	/** The editor's `User` folders: that of the profile, then that of the default profile. */
	readonly userFolders: readonly string[];
	/** True where the editor's user interface runs on another machine. */
	readonly remote: boolean;
	/** Further `devcontainer.json` files, in folders of their own below `.devcontainer`. */
	readonly devcontainers?: readonly string[];
}

type Kind = ServerOrigin['kind'];

/** The files of a folder, by kind; each a list of names from the folder down. */
const FOLDER_FILES: readonly (readonly [kind: Kind, ...names: readonly string[]])[] = [
	['workspace', '.vscode', 'mcp.json'],
	['settings', '.vscode', 'settings.json'],
	['project', '.mcp.json'],
	['github', '.github', 'mcp.json'],
	['cursor', '.cursor', 'mcp.json'],
	['devcontainer', '.devcontainer', 'devcontainer.json'],
	['devcontainer', '.devcontainer.json'],
];

/** The servers that VS Code installs on a machine which a window elsewhere is connected to. */
const REMOTE_SERVERS = ['.vscode-server', '.vscode-server-insiders', '.vscode-remote'];

/**
 * Every file of this machine in which an MCP server can be defined that an agent of this window, or another client of this
 * person, would start. Files of other extensions' own making are not known; nor is, in a remote window, what lies on the
 * machine of the screen.
 */
export function originPlaces(host: PlacesHost): readonly OriginPlace[] {
	const { home, folders, userFolders, workspaceFile } = host;
	const join = joiner(host.platform);
	const folder = theOnly(folders);
	const only = folder === undefined ? {} : { folder };
	const places: OriginPlace[] = folders.flatMap(each => [
		...FOLDER_FILES.map(([kind, ...names]) => ({ kind, file: join(each, ...names), within: each, folder: each })),
		...(host.devcontainers ?? [])
			.filter(file => file.startsWith(join(each, '.devcontainer', '')))
			.map(file => ({ kind: 'devcontainer' as const, file, within: each, folder: each })),
	]);
	if (workspaceFile !== undefined) {
		places.push({ kind: 'code-workspace', file: workspaceFile, within: parentOf(workspaceFile), ...only });
	}
	for (const user of userFolders) {
		places.push(
			{ kind: host.remote ? 'remote-user' : 'user', file: join(user, 'mcp.json'), within: user, ...only },
			{ kind: 'settings', file: join(user, 'settings.json'), within: user, ...only },
		);
	}
	const machine = userFolders.at(-1);
	if (machine !== undefined) {
		const data = parentOf(machine);
		places.push({ kind: 'settings', file: join(data, 'Machine', 'settings.json'), within: data, ...only });
	}
	for (const name of REMOTE_SERVERS) {
		const user = join(home, name, 'data', 'User');
		places.push({ kind: 'remote-user', file: join(user, 'mcp.json'), within: user, ...only });
	}
	places.push(...ofOtherClients(host, join).map(([kind, file, within]) => ({ kind, file, within, ...only })));
	return places.filter(({ file }, index) => places.findIndex(place => samePath(place.file, file)) === index);
}

/** The folder that is meant where none is named: the one that is open, if it is the only one. */
export function theOnly(folders: readonly string[]): string | undefined {
	return folders.length === 1 ? folders[0] : undefined;
}

/** A folder before what lies in it; that of a drive or of the whole system ends with its slash. */
const FOLDER = '(?:[A-Za-z]:)?[\\\\/](?:.*(?=[\\\\/]))?';

/**
 * The folder of which an origin is a file, or for which the file keeps it; undefined for all others. Cursor's file in the home folder
 * is of none, also where that folder is open: it counts everywhere. {@link OriginPlace.folder} and `within` do not say it.
 */
export function folderOfOrigin({ kind, file, project }: ServerOrigin, home: string | undefined): string | undefined {
	if (project !== undefined) {
		return project;
	}
	for (const [own, ...names] of FOLDER_FILES) {
		const tail = names.map(escapePattern).join('[\\\\/]');
		const folder = own === kind ? new RegExp(`^(${FOLDER})[\\\\/]?${tail}$`, 's').exec(file)?.[1] : undefined;
		if (folder !== undefined && (kind !== 'cursor' || home === undefined || !samePath(folder, home))) {
			return folder;
		}
	}
	return kind === 'devcontainer'
		? /^(.+)[\\/]\.devcontainer[\\/][^\\/]+[\\/]devcontainer\.json$/s.exec(file)?.[1]
		: undefined;
}

/** Where a definition was found, as the registry keeps it. */
export function keptOrigin({ kind, file, project }: ServerOrigin): ServerOrigin {
	return { kind, file, ...(project !== undefined && { project }) };
}

/** The place that has to be open for a server of a folder, for people: the folder itself where its file does not say it. */
export function placeToOpen({ file, project }: ServerOrigin): string {
	return project ?? file;
}

function ofOtherClients(
	{ platform, home, env }: PlacesHost,
	join: (...parts: readonly string[]) => string,
): readonly (readonly [kind: Kind, file: string, within: string])[] {
	const given = (name: string) => {
		const path = env[name];
		return path !== undefined && isAbsolutePath(path) ? path : undefined;
	};
	const copilot = given('COPILOT_HOME');
	const claude = given('CLAUDE_CONFIG_DIR');
	const config =
		platform === 'win32'
			? (given('APPDATA') ?? join(home, 'AppData', 'Roaming'))
			: platform === 'darwin'
				? join(home, 'Library', 'Application Support')
				: (given('XDG_CONFIG_HOME') ?? join(home, '.config'));
	return [
		['copilot', join(copilot ?? join(home, '.copilot'), 'mcp-config.json'), copilot ?? home],
		['claude', join(claude ?? home, '.claude.json'), claude ?? home],
		['claude', join(config, 'Claude', 'claude_desktop_config.json'), config],
		['cursor', join(home, '.cursor', 'mcp.json'), home],
		['windsurf', join(home, '.codeium', 'windsurf', 'mcp_config.json'), home],
		['windsurf', join(home, '.codeium', 'mcp_config.json'), home],
	];
}

function joiner(platform: string): (...parts: readonly string[]) => string {
	const separator = platform === 'win32' ? '\\' : '/';
	return (...parts) => parts.join(separator);
}

function parentOf(path: string): string {
	return path.replace(/[\\/][^\\/]*$/, '');
}

function escapePattern(text: string): string {
	return text.replaceAll('.', '\\.');
}
