import { baseName } from '../../base/baseName';
import { type StdioLaunch } from './launch';

const ENGINES = /^(?:docker|podman|nerdctl)(?:\.exe)?$/i;

/** Options of `run` without a value. */
const FLAGS = new Set([
	...['--rm', '--init', '--interactive', '--tty', '--detach', '--privileged', '--read-only', '--no-healthcheck'],
	...['--publish-all', '--sig-proxy', '--quiet', '--oom-kill-disable', '--disable-content-trust'],
]);
const FLAG_LETTERS = /^-[itdPq]+$/;

/** Options of `run` that take the next argument, where none follows by `=`. */
const VALUES = new Set([
	...['--env', '--env-file', '--volume', '--mount', '--name', '--network', '--net', '--user', '--workdir'],
	...[
		'--entrypoint',
		'--label',
		'--add-host',
		'--cap-add',
		'--cap-drop',
		'--cpus',
		'--memory',
		'--platform',
		'--pull',
	],
	...['--publish', '--security-opt', '--tmpfs', '--ulimit', '--hostname', '--device', '--gpus', '--ipc', '--pid'],
	...['--restart', '--shm-size', '--dns', '--log-driver', '--log-opt', '--group-add', '--userns', '--pids-limit'],
	...['--stop-timeout', '--stop-signal', '--runtime', '--expose', '--network-alias', '--ip', '--cidfile'],
	...['-e', '-v', '-p', '-u', '-w', '-h', '-l', '-m', '-c', '-a'],
]);
const VALUE_ATTACHED = /^-[evpuwhlmca]./;

/**
 * The image that a container engine is told to run, and what follows it. Undefined for another program; `unreadable` where
 * an option that is not known could make another word the image.
 */
export function dockerTarget({
	command,
	args,
}: Pick<StdioLaunch, 'command' | 'args'>):
	{ readonly image: string; readonly rest: readonly string[] } | 'unreadable' | undefined {
	if (!ENGINES.test(baseName(command))) {
		return undefined;
	}
	const from = args[0] === 'run' ? 1 : args[0] === 'container' && args[1] === 'run' ? 2 : undefined;
	if (from === undefined) {
		return 'unreadable';
	}
	for (let index = from; index < args.length; index++) {
		const arg = args[index] ?? '';
		if (!arg.startsWith('-')) {
			return { image: arg, rest: args.slice(index + 1) };
		}
		const name = arg.startsWith('--') ? arg.replace(/=.*$/s, '') : arg;
		if (VALUES.has(name)) {
			index += name === arg ? 1 : 0;
		} else if (!FLAGS.has(name) && !FLAG_LETTERS.test(arg) && !VALUE_ATTACHED.test(arg)) {
			return 'unreadable';
		}
	}
	return 'unreadable';
}
