export { findOnPath, moduleFolder, resolveTools, type ResolvedTool } from './resolve';
export type { ToolName } from './tools';
