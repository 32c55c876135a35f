/** What a picture may show, in the words of the native API. */
export const animals = ['cat', 'dog', 'neither'];
