/**
 * Verifies an audit trail of MCP Firewall. One file, no dependencies, no network: Node.js 20.12 or newer runs it. It only reads.
 *
 *   node verify-trail.cjs DIR [--public-key FILE|KEY]… [--anchors DIR] [--git REPOSITORY] [--json]
 *
 * DIR is the data directory, or its folder `trail`. Give the public key by another way than with the trail (the editor's command
 * "Copy Public Key of the Audit Trail", or `keys/trail.pub`): a trail can name any key as its own. Give the anchors too: they say how
 * far the trail had come, so that nothing is missing at its end.
 *
 * What it checks: each line is canonical JSON (RFC 8785) and has the SHA-256 that it names; `seq` and `prev` run on through all
 * segments of a stream; each segment says what its name says; each checkpoint carries an Ed25519 signature (RFC 8032) of that
 * segment's key; a segment that is followed by another ends with a signed seal; what retention removed left a signed
 * record; every head that was anchored outside or witnessed by another stream is met. It names the first line that is wrong in each file.
 *
 * Exit codes: 0 valid; 2 nothing to look at, or unreadable; 3 not what was written; 64 the command line is wrong. What is
 * not proven although it is valid is said in lines that begin with NOT PROVEN.
 */
import { errorText, FirewallError } from './base/errors';
import { AUDIT_VERIFY } from './cli/auditVerify';
import { UsageError } from './cli/commandLine';
import { printable } from './cli/printable';

const USAGE = 'node verify-trail.cjs DIR [--public-key FILE|KEY]... [--anchors DIR] [--git REPOSITORY] [--json]';
const EXIT = { unusable: 2, usage: 64 } as const;

async function main(args: readonly string[]): Promise<number> {
	if (args.includes('--help')) {
		process.stdout.write(`${USAGE}\n`);
		return 0;
	}
	try {
		return await AUDIT_VERIFY.run(args, {
			stdout: line => process.stdout.write(`${line}\n`),
			stderr: line => process.stderr.write(`${line}\n`),
		});
	} catch (error) {
		const isUsage = error instanceof UsageError || (error instanceof FirewallError && error.code === 'usage');
		process.stderr.write(printable(errorText(error)) + (isUsage ? `\n${USAGE}\n` : '\n'));
		return isUsage ? EXIT.usage : EXIT.unusable;
	}
}

// A reader that goes away (`… | head -1`) is no fault of the command, and hides no exit code.
for (const stream of [process.stdout, process.stderr]) {
	stream.on('error', () => undefined);
}

void main(process.argv.slice(2)).then(code => {
	process.exitCode = code;
});
