/**
 * Milliseconds that this process has kept a processor busy: what work costs, however many others share the machine. For checks
 * that hostile input ends soon; what is measured for its own sake lives in bench/.
 */
export function processorMs(): number {
	const { user, system } = process.cpuUsage();
	return (user + system) / 1000;
}
