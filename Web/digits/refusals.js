/** How the API of digits words refusals of models: French around what the reader of model files says. */
export const refusals = {
    beginnings: [
        ['Modèle inutilisable : ', 'refusal.unusable'],
        ['Champ \'description\' invalide : ', 'refusal.wrongDescription'],
    ],
    gists: [
        [/a digits model takes one grey picture/, 'refusal.input'],
        [/a digits model gives/, 'refusal.output'],
        [/a digits model has one, a picture/, 'refusal.inputs'],
        [/the model has no output/, 'refusal.output'],
    ],
    sentences: {
        'Le fichier du modèle est vide': 'refusal.empty',
        'Aucun modèle précédent': 'refusal.noEarlier',
        'Not found.': 'refusal.gone',
    },
};
