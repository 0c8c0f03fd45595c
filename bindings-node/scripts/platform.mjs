// The name of this machine's addon, as ts/native.ts looks for it.
const libc = process.platform === "linux" ? (process.report.getReport().header.glibcVersionRuntime ? "-gnu" : "-musl") : "";
const abi = process.platform === "win32" ? "-msvc" : libc;

export const platform = `${process.platform}-${process.arch}${abi}`;
export const addonFile = `reynolds.${platform}.node`;
