export { cacheFolder } from './cache';
export { moduleFolder, resolveTools, type ResolvedTool, type ToolchainOptions } from './resolve';
export type { ToolName } from './tools';
