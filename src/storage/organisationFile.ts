import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type PolicyProblem } from '../domain/policy/policy';

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
 * Warnings about an organisation's file that others can change: group or world may write it or its folder or, for the
 * system's own place, it belongs to somebody else than root. Nothing on Windows, where the folder's access list rules.
 */
export function ownershipProblems(file: string, isSystemFile: boolean): readonly PolicyProblem[] {
	if (process.platform === 'win32') {
		return [];
	}
	try {
		const own = statSync(file);
		const folder = statSync(dirname(file));
		const loose = [
			...((own.mode & OTHERS_WRITE) !== 0 ? ['it can be written by group or others (chmod go-w)'] : []),
			...((folder.mode & OTHERS_WRITE) !== 0 && (folder.mode & STICKY) === 0
				? ['its folder can be written by group or others (chmod go-w)']
				: []),
			...(isSystemFile && (own.uid !== 0 || folder.uid !== 0)
				? ['it or its folder does not belong to root']
				: []),
		];
		return loose.length === 0 ? [] : [warning(file, loose.join('; '))];
	} catch {
		// A file that cannot be looked at cannot be read either, which denies.
		return [];
	}
}

function warning(file: string, why: string): PolicyProblem {
	const message = `This organisation policy is not safe from its users: ${why}.`;
	return {
		severity: 'warning',
		code: 'writable-by-others',
		message,
		at: { file, line: 1, column: 1 },
		end: { line: 1, column: 2 },
	};
}
