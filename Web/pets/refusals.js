/** How the model routes of pets word refusals: English around what the reader of model files says. */
export const refusals = {
    beginnings: [
        ['The model cannot be used: ', 'refusal.unusable'],
        ['The description cannot be used: ', 'refusal.wrongDescription'],
    ],
    gists: [
        [/a pets model takes one colour picture/, 'refusal.input'],
        [/a pets model gives/, 'refusal.output'],
        [/a pets model has one, a picture/, 'refusal.inputs'],
        [/the model has no output/, 'refusal.output'],
    ],
    sentences: {
        'There is no earlier model to go back to': 'refusal.noEarlier',
        'Not Found': 'refusal.gone',
    },
};
