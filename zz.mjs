import ssh2 from 'ssh2';
let bad=0; const errs={};
for (let i=0;i<300;i++){ const k=ssh2.utils.generateKeyPairSync('ed25519',{passphrase:'open sesame',cipher:'aes256-cbc',rounds:4}); const p=ssh2.utils.parseKey(k.private,'open sesame'); if(p instanceof Error){bad++;errs[p.message]=(errs[p.message]??0)+1;} 
 const q=ssh2.utils.parseKey(k.private,'x'); if(!(q instanceof Error)) errs['wrong accepted']=(errs['wrong accepted']??0)+1; else errs[q.message]=(errs[q.message]??0)+1 }
console.log(bad,errs);
let b=0; for (let i=0;i<500;i++){ const k=ssh2.utils.generateKeyPairSync('ed25519'); const p=ssh2.utils.parseKey(k.private); if (p instanceof Error) b++; } console.log('plain bad',b);
