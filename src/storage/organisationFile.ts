import { lstatSync, realpathSync, statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { inRow, phrase } from '../base/phrase';
import { type PolicyProblem } from '../domain/policy/policy';
import { problemAt } from '../domain/policy/policyProblem';

/** Permission bits: group and others may write. */
const OTHERS_WRITE = 0o022;
/** In a folder with this bit, only a file's owner may replace it. */
const STICKY = 0o1000;

/**
 * Where an organisation puts its policy so that it holds for everybody on the machine. Windows' folder is fixed on purpose:
 * `%ProgramData%` comes from an environment that whoever starts the editor can set.
 */
export function systemPolicyFile(platform: NodeJS.Platform): string {
	if (platform === 'win32') {
		return 'C:\\ProgramData\\MCP Firewall\\policy.yaml';
	}
	return platform === 'darwin'
		? '/Library/Application Support/MCP Firewall/policy.yaml'
		: '/etc/mcp-firewall/policy.yaml';
}

/**
 * Warnings about an organisation's file that others can change: group or world may write it or a folder above it, on the way
 * that is written or on the one that links lead, or, for the system's own place, one of these belongs to somebody else than
 * root. Nothing on Windows, where the folder's access list rules.
 */
export function ownershipProblems(file: string, isSystemFile: boolean): readonly PolicyProblem[] {
	if (process.platform === 'win32') {
		return [];
	}
	try {
		const places = [...new Set([file, realpathSync(file)])].flatMap(each => withFolders(each));
		const facts = [...new Set(places)].map(place => ({ place, ...pick(lstatSync(place)) }));
		const open = ({ mode, isLink }: Facts) => !isLink && (mode & OTHERS_WRITE) !== 0;
		const own = statSync(file);
		const folders = facts.filter(each => each.isFolder && open(each) && (each.mode & STICKY) === 0);
		const loose = [
			...((own.mode & OTHERS_WRITE) !== 0 ? [phrase('it can be written by group or others (chmod go-w)')] : []),
			...folders.map(({ place }) =>
				place === dirname(file)
					? phrase('its folder can be written by group or others (chmod go-w)')
					: phrase('the folder {0} can be written by group or others (chmod go-w)', place),
			),
			...(isSystemFile && facts.some(({ uid }) => uid !== 0)
				? [phrase('it or a folder above it does not belong to root')]
				: []),
		];
		if (loose.length === 0) {
			return [];
		}
		const said = phrase('This organisation policy is not safe from its users: {0}.', inRow(loose, '; '));
		return [problemAt('warning', 'writable-by-others', said, { file, line: 1, column: 1 })];
	} catch {
		// A file that cannot be looked at cannot be read either, which denies.
		return [];
	}
}

/**
 * INVARIANT: a link that leads nowhere is not the same as no file: somebody meant one to be there; nor is a place that nobody lets us
 * look into. Never throws.
 */
export function isBrokenLink(file: string): boolean {
	try {
		return lstatSync(file).isSymbolicLink();
	} catch (error) {
		return !(error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'));
	}
}

interface Facts {
	readonly mode: number;
	readonly uid: number;
	readonly isFolder: boolean;
	readonly isLink: boolean;
}

function pick(stats: Stats): Facts {
	const { mode, uid } = stats;
	return { mode, uid, isFolder: stats.isDirectory(), isLink: stats.isSymbolicLink() };
}

function withFolders(path: string): readonly string[] {
	const parent = dirname(path);
	return parent === path ? [path] : [path, ...withFolders(parent)];
}
