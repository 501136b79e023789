/** Environment variables by name. */
export type Environment = Readonly<Record<string, string>>;

const POSIX = /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_[A-Z]+|TERM|TMPDIR|TZ)$/;
const WIN32 =
	/^(PATH|PATHEXT|COMSPEC|SYSTEMROOT|SYSTEMDRIVE|WINDIR|TEMP|TMP|USERPROFILE|USERNAME|HOMEDRIVE|HOMEPATH|APPDATA|LOCALAPPDATA|PROGRAMDATA|PROGRAMFILES|PROGRAMFILES\(X86\)|PROCESSOR_ARCHITECTURE|NUMBER_OF_PROCESSORS|LANG|TZ)$/i;

/**
 * The environment of an upstream: the allow-listed part of the parent's, then the variables that were given for this
 * server. Credentials of the parent (AWS_*, GITHUB_TOKEN, SSH_AUTH_SOCK) and what changes a runtime (NODE_OPTIONS,
 * ELECTRON_RUN_AS_NODE) never pass unless given by name (PROTO-21).
 */
export function upstreamEnvironment(
	parent: Readonly<Record<string, string | undefined>>,
	given: Environment,
	platform: NodeJS.Platform,
): Record<string, string> {
	const admitted = platform === 'win32' ? WIN32 : POSIX;
	const result: Record<string, string> = {};
	for (const [name, value] of Object.entries(parent)) {
		// A value that starts with "()" is a function exported by a shell (CVE-2014-6271).
		if (value !== undefined && admitted.test(name) && !value.startsWith('()')) {
			result[name] = value;
		}
	}
	if (platform !== 'win32') {
		return { ...result, ...given };
	}
	for (const [name, value] of Object.entries(given)) {
		const known = Object.keys(result).find(other => other.toUpperCase() === name.toUpperCase());
		result[known ?? name] = value;
	}
	return result;
}

/** The value of a variable whose name has no case on Windows. */
export function readVariable(env: Environment, name: string, platform: NodeJS.Platform): string | undefined {
	if (platform !== 'win32') {
		return env[name];
	}
	const key = Object.keys(env).find(other => other.toUpperCase() === name.toUpperCase());
	return key === undefined ? undefined : env[key];
}
