import { type CliOutput } from './output';

/** Exit code for a command line that cannot be understood. */
export const EXIT_USAGE = 64;

/** One command of the command line; each reads its own options. */
export interface Command {
	/** The words that call it: `gateway`, `policy check`. */
	readonly name: string;
	/** Its lines in the help, each indented by two spaces. */
	readonly help: string;
	/**
	 * Runs with what stands behind the name, and resolves with the exit code; undefined when the arguments do not fit,
	 * which shows the help. Rejects with what `parseArgs` throws.
	 */
	run(args: readonly string[], out: CliOutput): Promise<number | undefined>;
}

/** The help of all commands. */
export function helpText(commands: readonly Command[]): string {
	return `MCP Firewall, headless\n\n${commands.map(command => command.help).join('\n')}`;
}

/** Finds the command that the first words name, and runs it. Exit code {@link EXIT_USAGE} with the help when none does. */
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
	for (const command of commands) {
		const words = command.name.split(' ');
		if (words.every((word, at) => argv[at] === word)) {
			const code = await command.run(argv.slice(words.length), out);
			if (code !== undefined) {
				return code;
			}
			out.stderr(command.help);
			return EXIT_USAGE;
		}
	}
	out.stderr(helpText(commands));
	return EXIT_USAGE;
}

/** A whole number as an option gives it; undefined for anything else. */
export function wholeNumber(text: string): number | undefined {
	return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
