/** A process as `ps -axo pid=,ppid=,pgid=,comm=` tells it. */
export interface PsProcess {
	readonly pid: number;
	readonly parent: number;
	readonly group: number;
	/** Path or name of the program. Attacker-controlled. */
	readonly program: string;
}

/** Reads the output of `ps`; a line that does not fit is passed over. */
export function readPs(text: string): readonly PsProcess[] {
	return text.split('\n').flatMap(line => {
		const found = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.+?)\s*$/.exec(line);
		return found === null
			? []
			: [
					{
						pid: Number(found[1]),
						parent: Number(found[2]),
						group: Number(found[3]),
						program: found[4] ?? '',
					},
				];
	});
}

/** A socket as `lsof -F` tells it. */
export interface LsofSocket {
	/** The same for the same socket of the same process, as long as it leads to the same place. */
	readonly key: string;
	readonly kind: 'direct' | 'listening';
	readonly host: string;
	readonly port: number;
}

/** Reads `lsof -nP -i -FpfnT` (lsof(8), OUTPUT FOR OTHER PROGRAMS): one field per line, its first letter says which. */
export function readLsof(text: string): readonly LsofSocket[] {
	const sockets: LsofSocket[] = [];
	let pid = '';
	let file = '';
	let name = '';
	const settle = (state: string) => {
		const [local = '', remote] = name.split('->');
		const address = addressOf(remote ?? local);
		const listening = remote === undefined;
		if (name !== '' && address !== undefined && (!listening || state === 'LISTEN')) {
			const kind = listening ? 'listening' : 'direct';
			sockets.push({ key: `${pid} ${file} ${name}`, kind, ...address });
		}
		name = '';
	};
	let state = '';
	for (const line of [...text.split('\n'), 'f']) {
		const value = line.slice(1);
		switch (line.charAt(0)) {
			case 'p':
			case 'f':
				settle(state);
				state = '';
				if (line.startsWith('p')) {
					pid = value;
				} else {
					file = value;
				}
				break;
			case 'n':
				name = value;
				break;
			case 'T':
				state = value.startsWith('ST=') ? value.slice('ST='.length) : state;
				break;
		}
	}
	return sockets;
}

function addressOf(text: string): { readonly host: string; readonly port: number } | undefined {
	const found = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d+)$/.exec(text);
	return found === null ? undefined : { host: found[1] ?? found[2] ?? '', port: Number(found[3]) };
}
