import { errorText, FirewallError } from '../base/errors';
import { nearestKey } from '../domain/policy/nearestKey';
import { UsageError } from './commandLine';
import { type CliOutput } from './output';
import { printable } from './printable';

/** Exit code for a command line that cannot be understood. */
const EXIT_USAGE = 64;
/** Exit code for what cannot be started, or fails on its way. */
export const EXIT_UNUSABLE = 2;

/** One command of the command line; each reads its own options. */
export interface Command {
	/** The words that call it: `gateway`, `policy check`. */
	readonly name: string;
	/** Its lines in the help, each indented by two spaces. */
	readonly help: string;
	/** Runs with what stands behind the name, and resolves with the exit code. Rejects with a {@link UsageError}. */
	run(args: readonly string[], out: CliOutput): Promise<number>;
}

/** The help of all commands. */
function helpText(commands: readonly Command[]): string {
	return `MCP Firewall, headless\n\n${commands.map(command => command.help).join('\n')}`;
}

/**
 * Finds the command that the first words name, and runs it. Resolves with 64 for a command line that cannot be understood
 * (stderr says why, then the help) and with 2 where the command throws. Never rejects.
 */
export async function runCommand(
	commands: readonly Command[],
	argv: readonly string[],
	out: CliOutput,
): Promise<number> {
	const cut = argv.indexOf('--');
	const own = cut < 0 ? argv : argv.slice(0, cut);
	if (own.includes('--help') || own.includes('-h')) {
		out.stdout(helpText(commands));
		return 0;
	}
	const command = commands.find(({ name }) => name.split(' ').every((word, at) => argv[at] === word));
	if (command === undefined) {
		out.stderr(printable(whyUnknown(commands, own)));
		out.stderr(helpText(commands));
		return EXIT_USAGE;
	}
	try {
		return await command.run(argv.slice(command.name.split(' ').length), out);
	} catch (error) {
		if (error instanceof UsageError || (error instanceof FirewallError && error.code === 'usage')) {
			out.stderr(printable(`${command.name}: ${error.message}`));
			out.stderr(command.help);
			return EXIT_USAGE;
		}
		out.stderr(errorText(error));
		return EXIT_UNUSABLE;
	}
}

function whyUnknown(commands: readonly Command[], own: readonly string[]): string {
	const names = commands.map(({ name }) => name);
	const [first, second] = own;
	if (first === undefined) {
		return 'Name a command.';
	}
	if (first.startsWith('-')) {
		return `unknown option ${first.split('=')[0] ?? ''}; a command comes first`;
	}
	const group = names.filter(name => name.startsWith(`${first} `));
	if (group.length > 0 && (second === undefined || second.startsWith('-'))) {
		return `'${first}' alone is no command; there are ${group.join(', ')}`;
	}
	const written = second === undefined || second.startsWith('-') ? first : `${first} ${second}`;
	const near = nearestKey(written, names) ?? nearestKey(first, [...new Set(names.flatMap(name => name.split(' ')))]);
	const meant = near === undefined ? '' : `; did you mean '${near}'?`;
	return `unknown command '${group.length > 0 ? written : first}'${meant}`;
}
