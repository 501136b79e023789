/** A process as `/proc/PID/stat` tells it (proc_pid_stat(5)). */
export interface ProcStat {
	readonly parent: number;
	readonly group: number;
	/** Ticks since the machine started: with the pid it names one process for ever. */
	readonly started: string;
	/** Page faults of children that it has waited for: more of them means that one has ended. */
	readonly childFaults: number;
}

/** Reads `/proc/PID/stat`. The name in it may hold anything, so what counts begins behind its last bracket. */
export function readProcStat(text: string): ProcStat | undefined {
	const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
	const [, parent, group] = fields;
	const [childFaults, started] = [fields[8], fields[19]];
	return parent === undefined || group === undefined || childFaults === undefined || started === undefined
		? undefined
		: { parent: Number(parent), group: Number(group), started, childFaults: Number(childFaults) };
}

/** One line of `/proc/net/tcp` and its kin (proc_net(5)). */
export interface ProcSocket {
	readonly inode: string;
	readonly listening: boolean;
	readonly local: ProcAddress;
	readonly remote: ProcAddress;
}

/** An address as it is written for people. */
export interface ProcAddress {
	readonly host: string;
	readonly port: number;
}

/** The state of a socket that waits for others (include/net/tcp_states.h). */
const LISTEN = '0A';

/** Reads `/proc/net/{tcp,tcp6,udp,udp6}`. A line that does not fit is passed over. */
export function readProcSockets(text: string): readonly ProcSocket[] {
	return text
		.split('\n')
		.slice(1)
		.flatMap(line => {
			const fields = line.trim().split(/\s+/);
			const local = addressOf(fields[1]);
			const remote = addressOf(fields[2]);
			const inode = fields[9];
			return local === undefined || remote === undefined || inode === undefined
				? []
				: [{ inode, listening: fields[3] === LISTEN, local, remote }];
		});
}

/** Words of 32 bits in the byte order of the machine, which is little-endian wherever VS Code runs. */
function addressOf(text: string | undefined): ProcAddress | undefined {
	const [, hex = '', port = ''] = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(text ?? '') ?? [];
	if (hex === '') {
		return undefined;
	}
	const bytes = (hex.match(/.{8}/g) ?? []).flatMap(word => (word.match(/../g) ?? []).reverse());
	const host = bytes.length === 4 ? dotted(bytes) : ipv6Text(bytes);
	return { host, port: Number.parseInt(port, 16) };
}

function dotted(bytes: readonly string[]): string {
	return bytes.map(byte => String(Number.parseInt(byte, 16))).join('.');
}

/** RFC 5952, by way of the URL parser; an IPv4 address in disguise (`::ffff:…`) as what it is. */
function ipv6Text(bytes: readonly string[]): string {
	const text = bytes.join('').toLowerCase();
	if (text.startsWith('00000000000000000000ffff')) {
		return dotted(bytes.slice(12));
	}
	const groups = (text.match(/.{4}/g) ?? []).join(':');
	return new URL(`http://[${groups}]/`).hostname.replace(/^\[|\]$/g, '');
}
