/** The words of the portal. The apps bring their own titles and descriptions. */
export const texts = {
    en: {
        'portal.pageTitle': 'Prunelle',
        'portal.headline': 'A server that looks closely.',
        'portal.lead':
            'Prunelle recognises what is in a picture, keeps its answers and learns from your corrections. On '
            + 'your machine, and nowhere else.',
        'portal.apps': 'Apps on this server',
        'portal.empty': 'This server runs no app.',
        'portal.open': 'Open',
        'portal.docsOf': 'API documentation: {title}',
        'portal.ready': 'Ready',
        'portal.starting': 'Not ready yet',
        'portal.version': 'Prunelle {version}',
    },
    fr: {
        'portal.pageTitle': 'Prunelle',
        'portal.headline': 'Un serveur qui regarde de près.',
        'portal.lead':
            'Prunelle reconnaît ce que montre une image, garde ses réponses et apprend de vos corrections. Sur '
            + 'votre machine, et nulle part ailleurs.',
        'portal.apps': 'Applications de ce serveur',
        'portal.empty': 'Ce serveur ne fait tourner aucune application.',
        'portal.open': 'Ouvrir',
        'portal.docsOf': 'Documentation de l’API\u00A0: {title}',
        'portal.ready': 'Prête',
        'portal.starting': 'Pas encore prête',
        'portal.version': 'Prunelle {version}',
    },
};
