// What of JsSIP the page uses; esbuild makes one module of it.
export { default } from "jssip";
