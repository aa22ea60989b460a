/** Public library. @module */
export {};
