import { type LogLevel } from './environment';

/** Says things on stderr, which a stdio server's protocol leaves free. No argument and no credential is ever in it. */
export type GuardLog = (level: Exclude<LogLevel, 'off'>, message: string) => void;

const ORDER: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'off'];

/** A log that says what is at least of this level. */
export function guardLog(least: LogLevel): GuardLog {
	return (level, message) => {
		if (ORDER.indexOf(level) >= ORDER.indexOf(least)) {
			process.stderr.write(`mcp-firewall/guard ${level}: ${message}\n`);
		}
	};
}
