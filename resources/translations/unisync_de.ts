<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
 <context>
  <name>AboutDialog</name>
  <message>
   <source>About UniSync Studio</source>
   <translation>Über UniSync Studio</translation>
  </message>
  <message>
   <source>Choose a library to read its licence.</source>
   <translation>Wählen Sie eine Bibliothek, um ihre Lizenz zu lesen.</translation>
  </message>
  <message>
   <source>From</source>
   <translation>Herkunft</translation>
  </message>
  <message>
   <source>In</source>
   <translation>In</translation>
  </message>
  <message>
   <source>Included</source>
   <translation>Enthalten</translation>
  </message>
  <message>
   <source>Libraries</source>
   <translation>Bibliotheken</translation>
  </message>
  <message>
   <source>Library</source>
   <translation>Bibliothek</translation>
  </message>
  <message>
   <source>Licence</source>
   <translation>Lizenz</translation>
  </message>
  <message>
   <source>Model</source>
   <translation>Modell</translation>
  </message>
  <message>
   <source>Models</source>
   <translation>Modelle</translation>
  </message>
  <message>
   <source>Search</source>
   <translation>Suchen</translation>
  </message>
  <message>
   <source>This library brings no licence file; it states: {licence}.</source>
   <translation>Diese Bibliothek bringt keine Lizenzdatei mit; sie nennt: {licence}.</translation>
  </message>
  <message>
   <source>Version</source>
   <translation>Version</translation>
  </message>
  <message>
   <source>Version {version}. Re-syncs lips in finished video to a dubbed voice, and shows how well they fit.</source>
   <translation>Version {version}. Passt die Lippen in fertigen Filmen an eine neue Stimme an und zeigt, wie gut sie sitzen.</translation>
  </message>
  <message>
   <source>Work</source>
   <translation>Werk</translation>
  </message>
 </context>
 <context>
  <name>Actions</name>
  <message>
   <source>&amp;Edit</source>
   <translation>&amp;Bearbeiten</translation>
  </message>
  <message>
   <source>&amp;File</source>
   <translation>&amp;Datei</translation>
  </message>
  <message>
   <source>&amp;Help</source>
   <translation>&amp;Hilfe</translation>
  </message>
  <message>
   <source>&amp;Playback</source>
   <translation>&amp;Wiedergabe</translation>
  </message>
  <message>
   <source>&amp;Segment</source>
   <translation>&amp;Segment</translation>
  </message>
  <message>
   <source>&amp;View</source>
   <translation>&amp;Ansicht</translation>
  </message>
  <message>
   <source>About UniSync Studio</source>
   <translation>Über UniSync Studio</translation>
  </message>
  <message>
   <source>Adapt the generator to this person</source>
   <translation>Generator an diese Person anpassen</translation>
  </message>
  <message>
   <source>Add marker</source>
   <translation>Marker setzen</translation>
  </message>
  <message>
   <source>Add media…</source>
   <translation>Medien hinzufügen …</translation>
  </message>
  <message>
   <source>Backups…</source>
   <translation>Sicherungen …</translation>
  </message>
  <message>
   <source>Before / after</source>
   <translation>Vorher / nachher</translation>
  </message>
  <message>
   <source>Best of several takes</source>
   <translation>Bester von mehreren Takes</translation>
  </message>
  <message>
   <source>Cancel generating</source>
   <translation>Erzeugen abbrechen</translation>
  </message>
  <message>
   <source>Choose the best take</source>
   <translation>Besten Take wählen</translation>
  </message>
  <message>
   <source>Clear in and out</source>
   <translation>In und Out entfernen</translation>
  </message>
  <message>
   <source>Copy</source>
   <translation>Kopieren</translation>
  </message>
  <message>
   <source>Cut</source>
   <translation>Ausschneiden</translation>
  </message>
  <message>
   <source>Delete</source>
   <translation>Löschen</translation>
  </message>
  <message>
   <source>Delete and close the gap</source>
   <translation>Löschen und Lücke schließen</translation>
  </message>
  <message>
   <source>Difference</source>
   <translation>Differenz</translation>
  </message>
  <message>
   <source>Export queue</source>
   <translation>Exportliste</translation>
  </message>
  <message>
   <source>Export the lines…</source>
   <translation>Zeilen exportieren …</translation>
  </message>
  <message>
   <source>Export the timeline…</source>
   <translation>Zeitleiste exportieren …</translation>
  </message>
  <message>
   <source>Export…</source>
   <translation>Exportieren …</translation>
  </message>
  <message>
   <source>Find an action…</source>
   <translation>Aktion suchen …</translation>
  </message>
  <message>
   <source>Find missing media…</source>
   <translation>Fehlende Medien suchen …</translation>
  </message>
  <message>
   <source>Find the script’s lines in the dub</source>
   <translation>Zeilen des Drehbuchs in der Stimme finden</translation>
  </message>
  <message>
   <source>First steps</source>
   <translation>Erste Schritte</translation>
  </message>
  <message>
   <source>Fit the line in time…</source>
   <translation>Zeile zeitlich einpassen …</translation>
  </message>
  <message>
   <source>Fit the selection</source>
   <translation>Auswahl einpassen</translation>
  </message>
  <message>
   <source>Fit the timeline</source>
   <translation>Zeitleiste einpassen</translation>
  </message>
  <message>
   <source>Follow the playhead</source>
   <translation>Abspielkopf folgen</translation>
  </message>
  <message>
   <source>Full screen</source>
   <translation>Vollbild</translation>
  </message>
  <message>
   <source>Generate all segments</source>
   <translation>Alle Segmente erzeugen</translation>
  </message>
  <message>
   <source>Generate lips</source>
   <translation>Lippen erzeugen</translation>
  </message>
  <message>
   <source>Hear the original sound</source>
   <translation>Originalton hören</translation>
  </message>
  <message>
   <source>Import a script…</source>
   <translation>Drehbuch importieren …</translation>
  </message>
  <message>
   <source>Import a timeline…</source>
   <translation>Zeitleiste importieren …</translation>
  </message>
  <message>
   <source>Keep original lips</source>
   <translation>Originallippen behalten</translation>
  </message>
  <message>
   <source>Log…</source>
   <translation>Protokoll …</translation>
  </message>
  <message>
   <source>Look for a newer version…</source>
   <translation>Nach einer neueren Version sehen …</translation>
  </message>
  <message>
   <source>Loop the marked range</source>
   <translation>Markierten Bereich wiederholen</translation>
  </message>
  <message>
   <source>Manual</source>
   <translation>Handbuch</translation>
  </message>
  <message>
   <source>Mark in</source>
   <translation>In-Punkt setzen</translation>
  </message>
  <message>
   <source>Mark out</source>
   <translation>Out-Punkt setzen</translation>
  </message>
  <message>
   <source>Mask view</source>
   <translation>Maskenansicht</translation>
  </message>
  <message>
   <source>Mute segment</source>
   <translation>Segment stumm</translation>
  </message>
  <message>
   <source>New project</source>
   <translation>Neues Projekt</translation>
  </message>
  <message>
   <source>New segment from the marked range</source>
   <translation>Neues Segment aus dem markierten Bereich</translation>
  </message>
  <message>
   <source>Next cut</source>
   <translation>Nächster Schnitt</translation>
  </message>
  <message>
   <source>Next weak or doubtful stretch</source>
   <translation>Nächste schwache oder zweifelhafte Stelle</translation>
  </message>
  <message>
   <source>Nudge a frame earlier</source>
   <translation>Ein Bild früher rücken</translation>
  </message>
  <message>
   <source>Nudge a frame later</source>
   <translation>Ein Bild später rücken</translation>
  </message>
  <message>
   <source>One frame back</source>
   <translation>Ein Bild zurück</translation>
  </message>
  <message>
   <source>One frame on</source>
   <translation>Ein Bild weiter</translation>
  </message>
  <message>
   <source>One second back</source>
   <translation>Eine Sekunde zurück</translation>
  </message>
  <message>
   <source>One second on</source>
   <translation>Eine Sekunde weiter</translation>
  </message>
  <message>
   <source>Open project…</source>
   <translation>Projekt öffnen …</translation>
  </message>
  <message>
   <source>Open the sample project</source>
   <translation>Beispielprojekt öffnen</translation>
  </message>
  <message>
   <source>Paste</source>
   <translation>Einfügen</translation>
  </message>
  <message>
   <source>Picture tool: draw a face’s box</source>
   <translation>Bildwerkzeug: Gesichtsrahmen ziehen</translation>
  </message>
  <message>
   <source>Picture tool: look and pick</source>
   <translation>Bildwerkzeug: ansehen und wählen</translation>
  </message>
  <message>
   <source>Picture tool: paint in</source>
   <translation>Bildwerkzeug: hineinmalen</translation>
  </message>
  <message>
   <source>Picture tool: paint out</source>
   <translation>Bildwerkzeug: herausmalen</translation>
  </message>
  <message>
   <source>Picture tool: pin the mouth</source>
   <translation>Bildwerkzeug: Mund festlegen</translation>
  </message>
  <message>
   <source>Picture tool: place a mouth</source>
   <translation>Bildwerkzeug: Mund setzen</translation>
  </message>
  <message>
   <source>Picture tool: wipe strokes away</source>
   <translation>Bildwerkzeug: Striche wegwischen</translation>
  </message>
  <message>
   <source>Play backwards</source>
   <translation>Rückwärts abspielen</translation>
  </message>
  <message>
   <source>Play forwards</source>
   <translation>Vorwärts abspielen</translation>
  </message>
  <message>
   <source>Play or pause</source>
   <translation>Abspielen oder anhalten</translation>
  </message>
  <message>
   <source>Play proxies</source>
   <translation>Proxys abspielen</translation>
  </message>
  <message>
   <source>Preferences…</source>
   <translation>Voreinstellungen …</translation>
  </message>
  <message>
   <source>Previous cut</source>
   <translation>Voriger Schnitt</translation>
  </message>
  <message>
   <source>Previous weak or doubtful stretch</source>
   <translation>Vorige schwache oder zweifelhafte Stelle</translation>
  </message>
  <message>
   <source>Propose segments from the dub</source>
   <translation>Segmente aus der Stimme vorschlagen</translation>
  </message>
  <message>
   <source>Quit</source>
   <translation>Beenden</translation>
  </message>
  <message>
   <source>Redo</source>
   <translation>Wiederholen</translation>
  </message>
  <message>
   <source>Regenerate the marked range</source>
   <translation>Markierten Bereich neu erzeugen</translation>
  </message>
  <message>
   <source>Result</source>
   <translation>Ergebnis</translation>
  </message>
  <message>
   <source>Rythmo band</source>
   <translation>Rythmoband</translation>
  </message>
  <message>
   <source>Save</source>
   <translation>Speichern</translation>
  </message>
  <message>
   <source>Save as template…</source>
   <translation>Als Vorlage speichern …</translation>
  </message>
  <message>
   <source>Save as…</source>
   <translation>Speichern unter …</translation>
  </message>
  <message>
   <source>Select all</source>
   <translation>Alles wählen</translation>
  </message>
  <message>
   <source>Select nothing</source>
   <translation>Nichts wählen</translation>
  </message>
  <message>
   <source>Shortcuts…</source>
   <translation>Tastenkürzel …</translation>
  </message>
  <message>
   <source>Show the mask</source>
   <translation>Maske zeigen</translation>
  </message>
  <message>
   <source>Side by side</source>
   <translation>Nebeneinander</translation>
  </message>
  <message>
   <source>Snapping</source>
   <translation>Einrasten</translation>
  </message>
  <message>
   <source>Source</source>
   <translation>Quelle</translation>
  </message>
  <message>
   <source>Split at the playhead</source>
   <translation>Am Abspielkopf teilen</translation>
  </message>
  <message>
   <source>Split wipe</source>
   <translation>Geteilt</translation>
  </message>
  <message>
   <source>Stop</source>
   <translation>Anhalten</translation>
  </message>
  <message>
   <source>This take / the other take</source>
   <translation>Dieser Take / der andere Take</translation>
  </message>
  <message>
   <source>To the end</source>
   <translation>Zum Ende</translation>
  </message>
  <message>
   <source>To the start</source>
   <translation>Zum Anfang</translation>
  </message>
  <message>
   <source>Tool: razor</source>
   <translation>Werkzeug: Klinge</translation>
  </message>
  <message>
   <source>Tool: ripple</source>
   <translation>Werkzeug: Nachrücken</translation>
  </message>
  <message>
   <source>Tool: roll</source>
   <translation>Werkzeug: Rollen</translation>
  </message>
  <message>
   <source>Tool: select and move</source>
   <translation>Werkzeug: Auswählen und verschieben</translation>
  </message>
  <message>
   <source>Tool: slip</source>
   <translation>Werkzeug: Inhalt verschieben</translation>
  </message>
  <message>
   <source>Undo</source>
   <translation>Rückgängig</translation>
  </message>
  <message>
   <source>Use take {number}</source>
   <translation>Take {number} verwenden</translation>
  </message>
  <message>
   <source>Use the film, no take</source>
   <translation>Film zeigen, kein Take</translation>
  </message>
  <message>
   <source>Write down what the dub says</source>
   <translation>Aufschreiben, was die Stimme sagt</translation>
  </message>
  <message>
   <source>Zoom in</source>
   <translation>Vergrößern</translation>
  </message>
  <message>
   <source>Zoom out</source>
   <translation>Verkleinern</translation>
  </message>
  <message>
   <source>Zoom to the mouth</source>
   <translation>Zum Mund zoomen</translation>
  </message>
 </context>
 <context>
  <name>AdaptWork</name>
  <message>
   <source>Adapt to {name}</source>
   <translation>An {name} anpassen</translation>
  </message>
  <message>
   <source>Adapting to {name} gained nothing and is not kept.</source>
   <translation>Die Anpassung an {name} brachte nichts und wird nicht behalten.</translation>
  </message>
  <message>
   <source>Error of the mouth on seconds held out: {before} → {after} grey levels.</source>
   <translation>Fehler des Mundes auf zurückgehaltenen Sekunden: {before} → {after} Graustufen.</translation>
  </message>
  <message>
   <source>No generator is installed</source>
   <translation>Kein Generator ist installiert</translation>
  </message>
  <message>
   <source>Remove the adaptation</source>
   <translation>Anpassung entfernen</translation>
  </message>
  <message>
   <source>The generator knows {name} now.</source>
   <translation>Der Generator kennt {name} jetzt.</translation>
  </message>
  <message>
   <source>This person is being learnt</source>
   <translation>Diese Person wird gerade gelernt</translation>
  </message>
  <message>
   <source>This person is in no film of the project</source>
   <translation>Diese Person ist in keinem Film des Projekts</translation>
  </message>
 </context>
 <context>
  <name>AudioPage</name>
  <message>
   <source>As loud as elsewhere</source>
   <translation>So laut wie sonst</translation>
  </message>
  <message>
   <source>Background: music and effects, always heard</source>
   <translation>Hintergrund: Musik und Geräusche, immer zu hören</translation>
  </message>
  <message>
   <source>Dub: segments are made from it</source>
   <translation>Stimme: daraus entstehen Segmente</translation>
  </message>
  <message>
   <source>Film's sound under the dub</source>
   <translation>Filmton unter der Stimme</translation>
  </message>
  <message>
   <source>Its lane is</source>
   <translation>Seine Spur ist</translation>
  </message>
  <message>
   <source>Lowered by {gain} dB</source>
   <translation>Um {gain} dB leiser</translation>
  </message>
  <message>
   <source>Not heard</source>
   <translation>Nicht zu hören</translation>
  </message>
  <message>
   <source>Set what a lane is</source>
   <translation>Art einer Spur setzen</translation>
  </message>
 </context>
 <context>
  <name>BackupsDialog</name>
  <message>
   <source>Backups</source>
   <translation>Sicherungen</translation>
  </message>
  <message>
   <source>Earlier states of this project. One is opened as a new project; the project itself stays as it is.</source>
   <translation>Frühere Stände dieses Projekts. Geöffnet wird eine Kopie; das Projekt selbst bleibt, wie es ist.</translation>
  </message>
  <message>
   <source>There are no backups of this project yet. They are made when you save.</source>
   <translation>Von diesem Projekt gibt es noch keine Sicherungen. Sie entstehen beim Speichern.</translation>
  </message>
 </context>
 <context>
  <name>BestTakes</name>
  <message>
   <source>A fit is known once a take is finished, where the person speaks and is seen.</source>
   <translation>Die Synchronität ist bekannt, sobald ein Take fertig ist, und nur dort, wo die Person spricht und zu sehen ist.</translation>
  </message>
  <message>
   <source>Best of {count}</source>
   <translation>Bester von {count}</translation>
  </message>
  <message>
   <source>Choose the best take</source>
   <translation>Besten Take wählen</translation>
  </message>
  <message>
   <source>Compared with {others}.</source>
   <translation>Verglichen mit {others}.</translation>
  </message>
  <message>
   <source>No take could be judged here.</source>
   <translation>Hier ließ sich kein Take bewerten.</translation>
  </message>
  <message>
   <source>Take {number} fits best: {value}.</source>
   <translation>Take {number} passt am besten: {value}.</translation>
  </message>
  <message>
   <source>take {number} ({value})</source>
   <translation>Take {number} ({value})</translation>
  </message>
 </context>
 <context>
  <name>BlendPage</name>
  <message>
   <source>All of {name}</source>
   <translation>Alle von {name}</translation>
  </message>
  <message>
   <source>Changes are for</source>
   <translation>Gilt für</translation>
  </message>
  <message>
   <source>Keyframes stay as they are.</source>
   <translation>Keyframes bleiben, wie sie sind.</translation>
  </message>
  <message>
   <source>No segment is selected, and none is under the playhead. A person or the project can be set all the same.</source>
   <translation>Kein Segment ist ausgewählt, und keines liegt am Abspielkopf. Für eine Person oder das Projekt lässt sich trotzdem etwas einstellen.</translation>
  </message>
  <message>
   <source>One person</source>
   <translation>Eine Person</translation>
  </message>
  <message>
   <source>Segments that change: {count}. New ones begin this way.</source>
   <translation>Segmente, die sich ändern: {count}. Neue beginnen so.</translation>
  </message>
  <message>
   <source>The whole project</source>
   <translation>Das ganze Projekt</translation>
  </message>
  <message>
   <source>This segment</source>
   <translation>Dieses Segment</translation>
  </message>
  <message>
   <source>{count} segments</source>
   <translation>{count} Segmente</translation>
  </message>
 </context>
 <context>
  <name>Caches</name>
  <message>
   <source>Faces found in films</source>
   <translation>In Filmen gefundene Gesichter</translation>
  </message>
  <message>
   <source>Finished lips</source>
   <translation>Fertige Lippen</translation>
  </message>
  <message>
   <source>Light copies of heavy films</source>
   <translation>Leichte Kopien schwerer Filme</translation>
  </message>
  <message>
   <source>Sync curves</source>
   <translation>Sync-Kurven</translation>
  </message>
  <message>
   <source>Thumbnails</source>
   <translation>Vorschaubilder</translation>
  </message>
  <message>
   <source>Voices as the analysis hears them</source>
   <translation>Stimmen, wie die Analyse sie hört</translation>
  </message>
  <message>
   <source>Waveforms</source>
   <translation>Wellenformen</translation>
  </message>
  <message>
   <source>What films show of mouths</source>
   <translation>Was Filme von Mündern zeigen</translation>
  </message>
 </context>
 <context>
  <name>CachesPage</name>
  <message>
   <source>All of this can be made again, which takes time; nothing of yours lies here. Above its limit a cache loses by itself what was not used for longest.</source>
   <translation>All das lässt sich neu erzeugen, was Zeit kostet; nichts Eigenes liegt hier. Über seiner Grenze verliert ein Zwischenspeicher von selbst, was am längsten nicht gebraucht wurde.</translation>
  </message>
  <message>
   <source>Clear</source>
   <translation>Leeren</translation>
  </message>
  <message>
   <source>Clear all</source>
   <translation>Alle leeren</translation>
  </message>
  <message>
   <source>Clear: {title}</source>
   <translation>Leeren: {title}</translation>
  </message>
  <message>
   <source>Counting…</source>
   <translation>Wird gezählt …</translation>
  </message>
  <message>
   <source>{size} in all</source>
   <translation>{size} insgesamt</translation>
  </message>
  <message>
   <source>{size} of {limit}</source>
   <translation>{size} von {limit}</translation>
  </message>
 </context>
 <context>
  <name>CommandPalette</name>
  <message>
   <source>What do you want to do?</source>
   <translation>Was möchten Sie tun?</translation>
  </message>
 </context>
 <context>
  <name>Commands</name>
  <message>
   <source>Add media</source>
   <translation>Medien hinzufügen</translation>
  </message>
  <message>
   <source>All files</source>
   <translation>Alle Dateien</translation>
  </message>
  <message>
   <source>Films and sound</source>
   <translation>Filme und Ton</translation>
  </message>
  <message>
   <source>Find media</source>
   <translation>Medien suchen</translation>
  </message>
  <message>
   <source>Find them…</source>
   <translation>Suchen …</translation>
  </message>
  <message>
   <source>It is used all the same; check the places of your segments.</source>
   <translation>Sie wird trotzdem verwendet; prüfen Sie die Lage Ihrer Segmente.</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>Name</translation>
  </message>
  <message>
   <source>Open project</source>
   <translation>Projekt öffnen</translation>
  </message>
  <message>
   <source>Projects</source>
   <translation>Projekte</translation>
  </message>
  <message>
   <source>Projects and timelines</source>
   <translation>Projekte und Timelines</translation>
  </message>
  <message>
   <source>Sample</source>
   <translation>Beispiel</translation>
  </message>
  <message>
   <source>Save as</source>
   <translation>Speichern unter</translation>
  </message>
  <message>
   <source>Save as template</source>
   <translation>Als Vorlage speichern</translation>
  </message>
  <message>
   <source>Template “{name}” saved.</source>
   <translation>Vorlage „{name}“ gespeichert.</translation>
  </message>
  <message>
   <source>The sample was not installed.</source>
   <translation>Das Beispiel ist nicht installiert.</translation>
  </message>
  <message>
   <source>Untitled</source>
   <translation>Ohne Titel</translation>
  </message>
  <message>
   <source>You can go on without them, or show where they are now.</source>
   <translation>Sie können ohne sie weiterarbeiten oder zeigen, wo sie jetzt liegen.</translation>
  </message>
  <message>
   <source>{count} files of this project were not found.</source>
   <translation>{count} Dateien dieses Projekts wurden nicht gefunden.</translation>
  </message>
  <message>
   <source>{name} (backup)</source>
   <translation>{name} (Sicherung)</translation>
  </message>
  <message>
   <source>{name} is not the same file as before.</source>
   <translation>{name} ist nicht dieselbe Datei wie vorher.</translation>
  </message>
 </context>
 <context>
  <name>ConvertWork</name>
  <message>
   <source>Convert to a constant rate</source>
   <translation>In konstante Bildrate umwandeln</translation>
  </message>
  <message>
   <source>Convert {name}</source>
   <translation>{name} umwandeln</translation>
  </message>
  <message>
   <source>{copy} lies beside it and is used from now on; undo brings the film back.</source>
   <translation>{copy} liegt daneben und wird ab jetzt verwendet; Rückgängig holt den Film zurück.</translation>
  </message>
  <message>
   <source>{name} was converted to {rate} frames a second.</source>
   <translation>{name} wurde in {rate} Bilder pro Sekunde umgewandelt.</translation>
  </message>
 </context>
 <context>
  <name>CrashReport</name>
  <message>
   <source>Copy report</source>
   <translation>Bericht kopieren</translation>
  </message>
  <message>
   <source>Go on</source>
   <translation>Weiter</translation>
  </message>
  <message>
   <source>Save and close</source>
   <translation>Speichern und schließen</translation>
  </message>
  <message>
   <source>Something went wrong</source>
   <translation>Etwas ist schiefgegangen</translation>
  </message>
  <message>
   <source>The program made a mistake. Your work was kept aside and will be offered at the next start. You can go on, or save and close to be safe.</source>
   <translation>Das Programm hat einen Fehler gemacht. Ihre Arbeit wurde gesichert und wird beim nächsten Start angeboten. Sie können weiterarbeiten oder sicherheitshalber speichern und schließen.</translation>
  </message>
 </context>
 <context>
  <name>DockTitle</name>
  <message>
   <source>Close; the View menu brings it back</source>
   <translation>Schließen; das Menü Ansicht bringt es zurück</translation>
  </message>
  <message>
   <source>Fold</source>
   <translation>Zuklappen</translation>
  </message>
  <message>
   <source>Open</source>
   <translation>Aufklappen</translation>
  </message>
 </context>
 <context>
  <name>EngineJobs</name>
  <message>
   <source>Install torch</source>
   <translation>torch installieren</translation>
  </message>
  <message>
   <source>It is fetched once (1.1 GB installed, more with NVIDIA's libraries) and checked by hash.</source>
   <translation>Es wird einmal geholt (installiert 1,1 GB, mit NVIDIAs Bibliotheken mehr) und an Prüfsummen geprüft.</translation>
  </message>
  <message>
   <source>torch is installed.</source>
   <translation>torch ist installiert.</translation>
  </message>
 </context>
 <context>
  <name>ExportCommands</name>
  <message>
   <source>Add projects to the export queue</source>
   <translation>Projekte in die Exportliste aufnehmen</translation>
  </message>
  <message>
   <source>Preset</source>
   <translation>Vorlage</translation>
  </message>
  <message>
   <source>Projects</source>
   <translation>Projekte</translation>
  </message>
  <message>
   <source>Save the curves</source>
   <translation>Kurven sichern</translation>
  </message>
  <message>
   <source>Save the graph</source>
   <translation>Kurve sichern</translation>
  </message>
  <message>
   <source>Saved {name}.</source>
   <translation>{name} wurde gesichert.</translation>
  </message>
  <message>
   <source>Untitled</source>
   <translation>Ohne Titel</translation>
  </message>
 </context>
 <context>
  <name>ExportDialog</name>
  <message>
   <source>0 loses nothing, 16 to 18 cannot be told from the film, 23 is small, 51 is bad.</source>
   <translation>0 verliert nichts, 16 bis 18 ist vom Film nicht zu unterscheiden, 23 ist klein, 51 ist schlecht.</translation>
  </message>
  <message>
   <source>A record inside the film says which lips were made anew, with what, and of which film.</source>
   <translation>Ein Vermerk im Film sagt, welche Lippen neu gemacht wurden, womit und aus welchem Film.</translation>
  </message>
  <message>
   <source>ATSC A/85 (−24 LUFS)</source>
   <translation>ATSC A/85 (−24 LUFS)</translation>
  </message>
  <message>
   <source>Add to queue</source>
   <translation>In die Liste</translation>
  </message>
  <message>
   <source>As it is heard</source>
   <translation>Wie zu hören</translation>
  </message>
  <message>
   <source>As loud as mixed</source>
   <translation>So laut wie gemischt</translation>
  </message>
  <message>
   <source>As mixed, and told how loud</source>
   <translation>Wie gemischt, Lautheit melden</translation>
  </message>
  <message>
   <source>As set below</source>
   <translation>Wie unten eingestellt</translation>
  </message>
  <message>
   <source>As the film</source>
   <translation>Wie der Film</translation>
  </message>
  <message>
   <source>As usual for the format</source>
   <translation>Wie für das Format üblich</translation>
  </message>
  <message>
   <source>Bit rate</source>
   <translation>Bitrate</translation>
  </message>
  <message>
   <source>Browse…</source>
   <translation>Durchsuchen …</translation>
  </message>
  <message>
   <source>Channels</source>
   <translation>Kanäle</translation>
  </message>
  <message>
   <source>Clips of a patch are not signed; the finished film is to be.</source>
   <translation>Die Clips eines Patches werden nicht signiert; das ist Sache des fertigen Films.</translation>
  </message>
  <message>
   <source>Deinterlace: make whole pictures of an interlaced film's fields</source>
   <translation>Deinterlacen: aus den Halbbildern eines Films ganze Bilder machen</translation>
  </message>
  <message>
   <source>Delete this preset</source>
   <translation>Diese Vorlage löschen</translation>
  </message>
  <message>
   <source>EBU R128 (−23 LUFS)</source>
   <translation>EBU R128 (−23 LUFS)</translation>
  </message>
  <message>
   <source>Every frame of the film is kept, at its exact time.</source>
   <translation>Jedes Bild des Films bleibt erhalten, zu seiner genauen Zeit.</translation>
  </message>
  <message>
   <source>Everything in the film is kept.</source>
   <translation>Alles im Film bleibt erhalten.</translation>
  </message>
  <message>
   <source>Export</source>
   <translation>Exportieren</translation>
  </message>
  <message>
   <source>Export to</source>
   <translation>Exportieren nach</translation>
  </message>
  <message>
   <source>File</source>
   <translation>Datei</translation>
  </message>
  <message>
   <source>Film</source>
   <translation>Film</translation>
  </message>
  <message>
   <source>Format</source>
   <translation>Format</translation>
  </message>
  <message>
   <source>From the in to the out mark</source>
   <translation>Von der In- bis zur Out-Marke</translation>
  </message>
  <message>
   <source>Give the film a name.</source>
   <translation>Geben Sie dem Film einen Namen.</translation>
  </message>
  <message>
   <source>Loudness</source>
   <translation>Lautheit</translation>
  </message>
  <message>
   <source>Matroska files have no place for content credentials.</source>
   <translation>Matroska-Dateien haben keinen Platz für einen Herkunftsnachweis.</translation>
  </message>
  <message>
   <source>Mono</source>
   <translation>Mono</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>Name</translation>
  </message>
  <message>
   <source>Not all lanes are heard: {lanes}.</source>
   <translation>Nicht alle Spuren sind zu hören: {lanes}.</translation>
  </message>
  <message>
   <source>Not kept</source>
   <translation>Geht verloren</translation>
  </message>
  <message>
   <source>One piece of a film, at {rate}.</source>
   <translation>Ein Stück eines Films, mit {rate}.</translation>
  </message>
  <message>
   <source>Only what changes is written; the film itself stays where it is.</source>
   <translation>Geschrieben wird nur, was sich ändert; der Film selbst bleibt, wo er ist.</translation>
  </message>
  <message>
   <source>Picture</source>
   <translation>Bild</translation>
  </message>
  <message>
   <source>Preset</source>
   <translation>Vorlage</translation>
  </message>
  <message>
   <source>Put the patch's folder into</source>
   <translation>Den Ordner des Patches ablegen in</translation>
  </message>
  <message>
   <source>Quality</source>
   <translation>Qualität</translation>
  </message>
  <message>
   <source>Range</source>
   <translation>Bereich</translation>
  </message>
  <message>
   <source>Replace</source>
   <translation>Ersetzen</translation>
  </message>
  <message>
   <source>Save preset</source>
   <translation>Vorlage sichern</translation>
  </message>
  <message>
   <source>Save these settings as a preset</source>
   <translation>Diese Einstellungen als Vorlage sichern</translation>
  </message>
  <message>
   <source>Segments without a take keep the lips of the film.</source>
   <translation>Segmente ohne Take behalten die Lippen des Films.</translation>
  </message>
  <message>
   <source>Set the marks on the timeline with I and O to export a part.</source>
   <translation>Setzen Sie mit I und O die Marken auf der Zeitleiste, um einen Teil zu exportieren.</translation>
  </message>
  <message>
   <source>Sign it with content credentials</source>
   <translation>Mit Herkunftsnachweis (Content Credentials) signieren</translation>
  </message>
  <message>
   <source>Size</source>
   <translation>Größe</translation>
  </message>
  <message>
   <source>Sound</source>
   <translation>Ton</translation>
  </message>
  <message>
   <source>Sound codec</source>
   <translation>Toncodec</translation>
  </message>
  <message>
   <source>Sounds</source>
   <translation>Tonspuren</translation>
  </message>
  <message>
   <source>Stereo</source>
   <translation>Stereo</translation>
  </message>
  <message>
   <source>Streaming (−27 LUFS)</source>
   <translation>Streaming (−27 LUFS)</translation>
  </message>
  <message>
   <source>The folder {folder} does not exist.</source>
   <translation>Den Ordner {folder} gibt es nicht.</translation>
  </message>
  <message>
   <source>The mix alone</source>
   <translation>Nur die Mischung</translation>
  </message>
  <message>
   <source>The mix, and all of the film's own tracks</source>
   <translation>Die Mischung und alle eigenen Tonspuren des Films</translation>
  </message>
  <message>
   <source>The mix, and the film's further tracks</source>
   <translation>Die Mischung und die weiteren Tonspuren des Films</translation>
  </message>
  <message>
   <source>The whole soundtrack is made louder or quieter, and only peaks beyond the limit are held back.</source>
   <translation>Der ganze Ton wird lauter oder leiser gemacht, nur Spitzen über der Grenze werden zurückgehalten.</translation>
  </message>
  <message>
   <source>The whole timeline</source>
   <translation>Die ganze Zeitleiste</translation>
  </message>
  <message>
   <source>Usual quality</source>
   <translation>Übliche Qualität</translation>
  </message>
  <message>
   <source>Write a report beside it: segments, takes, scores</source>
   <translation>Bericht daneben schreiben: Segmente, Takes, Werte</translation>
  </message>
  <message>
   <source>a variable rate</source>
   <translation>variabler Bildrate</translation>
  </message>
  <message>
   <source>its own frame times</source>
   <translation>seinen eigenen Bildzeiten</translation>
  </message>
  <message>
   <source>{codec} sound does not go into {suffix} files.</source>
   <translation>{codec}-Ton passt nicht in {suffix}-Dateien.</translation>
  </message>
  <message>
   <source>{count} pieces, at {rate}; gaps are black.</source>
   <translation>{count} Stücke, mit {rate}; Lücken sind schwarz.</translation>
  </message>
  <message>
   <source>{height} lines</source>
   <translation>{height} Zeilen</translation>
  </message>
  <message>
   <source>{lane} muted</source>
   <translation>{lane} stumm</translation>
  </message>
  <message>
   <source>{lane} solo</source>
   <translation>{lane} solo</translation>
  </message>
  <message>
   <source>{length} · {ready} of {all} segments have lips</source>
   <translation>{length} · {ready} von {all} Segmenten haben Lippen</translation>
  </message>
  <message>
   <source>{name} has {rate} and is re-timed: frames are shown again or left out.</source>
   <translation>{name} läuft mit {rate} und wird angepasst: Bilder werden wiederholt oder ausgelassen.</translation>
  </message>
  <message>
   <source>{rate} frames a second</source>
   <translation>{rate} Bildern pro Sekunde</translation>
  </message>
 </context>
 <context>
  <name>ExportPresets</name>
  <message>
   <source>For going on in Avid and Resolve.</source>
   <translation>Zum Weiterarbeiten in Avid und Resolve.</translation>
  </message>
  <message>
   <source>For going on in an editing program.</source>
   <translation>Zum Weiterarbeiten in einem Schnittprogramm.</translation>
  </message>
  <message>
   <source>Lossless, for archives and comparisons.</source>
   <translation>Verlustfrei, für Archive und Vergleiche.</translation>
  </message>
  <message>
   <source>Patch: FFV1 (folder)</source>
   <translation>Patch: FFV1 (Ordner)</translation>
  </message>
  <message>
   <source>Patch: OpenEXR pictures (folder)</source>
   <translation>Patch: OpenEXR-Bilder (Ordner)</translation>
  </message>
  <message>
   <source>Patch: PNG pictures (folder)</source>
   <translation>Patch: PNG-Bilder (Ordner)</translation>
  </message>
  <message>
   <source>Patch: ProRes 4444 (folder)</source>
   <translation>Patch: ProRes 4444 (Ordner)</translation>
  </message>
  <message>
   <source>Plays everywhere; visually lossless quality.</source>
   <translation>Läuft überall; ohne sichtbaren Verlust.</translation>
  </message>
  <message>
   <source>Smaller files; for newer players.</source>
   <translation>Kleinere Dateien; für neuere Geräte.</translation>
  </message>
  <message>
   <source>The new mouths alone, with alpha, a picture a frame in half floats, in the film's own curve.</source>
   <translation>Nur die neuen Münder, mit Alpha, ein Bild je Frame in halben Gleitkommazahlen, in der Kurve des Films.</translation>
  </message>
  <message>
   <source>The new mouths alone, with alpha, a picture a frame.</source>
   <translation>Nur die neuen Münder, mit Alpha, ein Bild je Frame.</translation>
  </message>
  <message>
   <source>The new mouths alone, with alpha, lossless; for Kdenlive, Shotcut and Blender.</source>
   <translation>Nur die neuen Münder, mit Alpha, verlustfrei; für Kdenlive, Shotcut und Blender.</translation>
  </message>
  <message>
   <source>The new mouths alone, with alpha, to be laid over the film in an editing program.</source>
   <translation>Nur die neuen Münder, mit Alpha, um sie in einem Schnittprogramm über den Film zu legen.</translation>
  </message>
  <message>
   <source>The same, with transparency and full colour.</source>
   <translation>Dasselbe, mit Transparenz und voller Farbe.</translation>
  </message>
 </context>
 <context>
  <name>ExportRow</name>
  <message>
   <source>Cancel</source>
   <translation>Abbrechen</translation>
  </message>
  <message>
   <source>Earlier</source>
   <translation>Früher</translation>
  </message>
  <message>
   <source>Go on</source>
   <translation>Weiter</translation>
  </message>
  <message>
   <source>Later</source>
   <translation>Später</translation>
  </message>
  <message>
   <source>Pause</source>
   <translation>Anhalten</translation>
  </message>
  <message>
   <source>Remove from the queue</source>
   <translation>Aus der Liste nehmen</translation>
  </message>
  <message>
   <source>Show in folder</source>
   <translation>Im Ordner zeigen</translation>
  </message>
  <message>
   <source>Try again</source>
   <translation>Noch einmal</translation>
  </message>
  <message>
   <source>begins</source>
   <translation>beginnt</translation>
  </message>
  <message>
   <source>cancelled</source>
   <translation>abgebrochen</translation>
  </message>
  <message>
   <source>done</source>
   <translation>fertig</translation>
  </message>
  <message>
   <source>failed</source>
   <translation>fehlgeschlagen</translation>
  </message>
  <message>
   <source>paused</source>
   <translation>angehalten</translation>
  </message>
  <message>
   <source>waiting</source>
   <translation>wartet</translation>
  </message>
 </context>
 <context>
  <name>ExportWork</name>
  <message>
   <source>Export {name}</source>
   <translation>{name} exportieren</translation>
  </message>
  <message>
   <source>Exported {name}.</source>
   <translation>{name} exportiert.</translation>
  </message>
  <message>
   <source>Go on</source>
   <translation>Weiter</translation>
  </message>
  <message>
   <source>Loudness {lufs} LUFS, peak {peak} dBTP.</source>
   <translation>Lautheit {lufs} LUFS, Spitze {peak} dBTP.</translation>
  </message>
  <message>
   <source>One export waits in the queue.</source>
   <translation>Ein Export wartet in der Liste.</translation>
  </message>
  <message>
   <source>Show in folder</source>
   <translation>Im Ordner zeigen</translation>
  </message>
  <message>
   <source>The export is finished.</source>
   <translation>Der Export ist fertig.</translation>
  </message>
  <message>
   <source>The exports are finished.</source>
   <translation>Die Exporte sind fertig.</translation>
  </message>
  <message>
   <source>{count} exports failed.</source>
   <translation>{count} Exporte sind fehlgeschlagen.</translation>
  </message>
  <message>
   <source>{count} exports wait in the queue.</source>
   <translation>{count} Exporte warten in der Liste.</translation>
  </message>
  <message>
   <source>{count} films exported</source>
   <translation>{count} Filme exportiert</translation>
  </message>
 </context>
 <context>
  <name>ExportsPanel</name>
  <message>
   <source>Add projects…</source>
   <translation>Projekte …</translation>
  </message>
  <message>
   <source>Add this project…</source>
   <translation>Dieses Projekt …</translation>
  </message>
  <message>
   <source>Export {count}</source>
   <translation>{count} exportieren</translation>
  </message>
  <message>
   <source>Nothing is to be exported.
Put this project or others into the queue; it survives closing the window.</source>
   <translation>Nichts ist zu exportieren.
Nimm dieses oder andere Projekte in die Liste auf; sie übersteht das Schließen des Fensters.</translation>
  </message>
  <message>
   <source>Remove finished</source>
   <translation>Fertige entfernen</translation>
  </message>
  <message>
   <source>Start</source>
   <translation>Start</translation>
  </message>
  <message>
   <source>Stop after this one</source>
   <translation>Nach diesem anhalten</translation>
  </message>
 </context>
 <context>
  <name>FilmWork</name>
  <message>
   <source>Add person</source>
   <translation>Person hinzufügen</translation>
  </message>
  <message>
   <source>Faces in {name}</source>
   <translation>Gesichter in {name}</translation>
  </message>
  <message>
   <source>How well the film fits {person}’s dub, {span}</source>
   <translation>Wie gut der Film zur Synchronstimme von {person} passt, {span}</translation>
  </message>
  <message>
   <source>How well {name} fits its own voice</source>
   <translation>Wie gut {name} zum eigenen Ton passt</translation>
  </message>
  <message>
   <source>Person {n}</source>
   <translation>Person {n}</translation>
  </message>
 </context>
 <context>
  <name>FitDialog</name>
  <message>
   <source>Fit the line in time</source>
   <translation>Zeile zeitlich einpassen</translation>
  </message>
  <message>
   <source>Listening…</source>
   <translation>Hört zu …</translation>
  </message>
  <message>
   <source>Longer or shorter</source>
   <translation>Länger oder kürzer</translation>
  </message>
  <message>
   <source>Stretch</source>
   <translation>Strecken</translation>
  </message>
  <message>
   <source>The pitch stays. What was set by hand stays with its words; lips are made anew.</source>
   <translation>Die Tonhöhe bleibt. Von Hand Gesetztes bleibt bei seinen Wörtern; Lippen werden neu gemacht.</translation>
  </message>
  <message>
   <source>To the film’s lips</source>
   <translation>Zu den Lippen im Film</translation>
  </message>
  <message>
   <source>To the film’s own voice</source>
   <translation>Zur Stimme im Film</translation>
  </message>
  <message>
   <source>alike by {share}</source>
   <translation>zu {share} ähnlich</translation>
  </message>
  <message>
   <source>cannot be told</source>
   <translation>nicht zu sagen</translation>
  </message>
  <message>
   <source>fits as it lies</source>
   <translation>passt, wie sie liegt</translation>
  </message>
  <message>
   <source>{count} frames earlier</source>
   <translation>{count} Bilder früher</translation>
  </message>
  <message>
   <source>{count} frames later</source>
   <translation>{count} Bilder später</translation>
  </message>
  <message>
   <source>{old} s becomes {new} s</source>
   <translation>aus {old} s werden {new} s</translation>
  </message>
 </context>
 <context>
  <name>FitWork</name>
  <message>
   <source>Stretch the line</source>
   <translation>Zeile strecken</translation>
  </message>
  <message>
   <source>There is no film under this line.</source>
   <translation>Unter dieser Zeile liegt kein Film.</translation>
  </message>
 </context>
 <context>
  <name>Gesture</name>
  <message>
   <source>Add segment</source>
   <translation>Segment hinzufügen</translation>
  </message>
  <message>
   <source>Drop a voice on lane A2 first.</source>
   <translation>Ziehen Sie zuerst eine Stimme auf Spur A2.</translation>
  </message>
  <message>
   <source>Move</source>
   <translation>Verschieben</translation>
  </message>
  <message>
   <source>Move keyframes</source>
   <translation>Keyframes verschieben</translation>
  </message>
  <message>
   <source>Ripple trim</source>
   <translation>Trimmen mit Nachrücken</translation>
  </message>
  <message>
   <source>Roll edit</source>
   <translation>Rollen</translation>
  </message>
  <message>
   <source>Slip</source>
   <translation>Inhalt verschieben</translation>
  </message>
  <message>
   <source>There is no dub at this place.</source>
   <translation>An dieser Stelle gibt es keine Synchronstimme.</translation>
  </message>
  <message>
   <source>Trim</source>
   <translation>Trimmen</translation>
  </message>
 </context>
 <context>
  <name>GraphHeader</name>
  <message>
   <source>Film</source>
   <translation>Film</translation>
  </message>
  <message>
   <source>Film + dub</source>
   <translation>Film+Stimme</translation>
  </message>
  <message>
   <source>Lip sync</source>
   <translation>Lippen</translation>
  </message>
  <message>
   <source>Offset</source>
   <translation>Versatz</translation>
  </message>
 </context>
 <context>
  <name>Inspector</name>
  <message>
   <source>A new take of the marked range</source>
   <translation>Ein neuer Take des markierten Bereichs</translation>
  </message>
  <message>
   <source>Audio</source>
   <translation>Ton</translation>
  </message>
  <message>
   <source>Best of several takes</source>
   <translation>Bester von mehreren Takes</translation>
  </message>
  <message>
   <source>Best of {count}</source>
   <translation>Bester von {count}</translation>
  </message>
  <message>
   <source>Blend</source>
   <translation>Überblendung</translation>
  </message>
  <message>
   <source>Generate</source>
   <translation>Erzeugen</translation>
  </message>
  <message>
   <source>Generate {count}</source>
   <translation>{count} erzeugen</translation>
  </message>
  <message>
   <source>Lips</source>
   <translation>Lippen</translation>
  </message>
  <message>
   <source>Make several takes and keep the one that fits best</source>
   <translation>Mehrere Takes erzeugen und den am besten passenden verwenden</translation>
  </message>
  <message>
   <source>Make the lips of the selected segments</source>
   <translation>Die Lippen der gewählten Segmente erzeugen</translation>
  </message>
  <message>
   <source>Pages</source>
   <translation>Seiten</translation>
  </message>
  <message>
   <source>Select a dub segment on the timeline
to set its lips and how they are laid in.</source>
   <translation>Wählen Sie ein Segment auf der Zeitleiste,
um seine Lippen und ihre Überblendung einzustellen.</translation>
  </message>
  <message>
   <source>Under the playhead; nothing is selected.</source>
   <translation>Am Abspielkopf; nichts ist ausgewählt.</translation>
  </message>
  <message>
   <source>{count} clips</source>
   <translation>{count} Clips</translation>
  </message>
  <message>
   <source>{count} segments</source>
   <translation>{count} Segmente</translation>
  </message>
  <message>
   <source>{seconds} s in all</source>
   <translation>{seconds} s insgesamt</translation>
  </message>
 </context>
 <context>
  <name>InterchangeCommands</name>
  <message>
   <source>Export the timeline</source>
   <translation>Zeitleiste exportieren</translation>
  </message>
  <message>
   <source>Import a timeline</source>
   <translation>Zeitleiste importieren</translation>
  </message>
  <message>
   <source>It names the films as they are; export the film for the new lips.</source>
   <translation>Sie nennt die Filme, wie sie sind; für die neuen Lippen exportieren Sie den Film.</translation>
  </message>
  <message>
   <source>The timeline was written to {name}.</source>
   <translation>Die Zeitleiste wurde in {name} geschrieben.</translation>
  </message>
  <message>
   <source>Timeline</source>
   <translation>Zeitleiste</translation>
  </message>
  <message>
   <source>Timelines</source>
   <translation>Zeitleisten</translation>
  </message>
  <message>
   <source>{name} was read: {count} clips.</source>
   <translation>{name} wurde gelesen: {count} Clips.</translation>
  </message>
 </context>
 <context>
  <name>JobRow</name>
  <message>
   <source>Cancel</source>
   <translation>Abbrechen</translation>
  </message>
  <message>
   <source>Go on</source>
   <translation>Weiter</translation>
  </message>
  <message>
   <source>Pause</source>
   <translation>Anhalten</translation>
  </message>
  <message>
   <source>Remove from the list</source>
   <translation>Aus der Liste nehmen</translation>
  </message>
  <message>
   <source>Try again</source>
   <translation>Noch einmal</translation>
  </message>
 </context>
 <context>
  <name>Jobs</name>
  <message>
   <source>about {hours} h {minutes} min left</source>
   <translation>noch etwa {hours} h {minutes} min</translation>
  </message>
  <message>
   <source>about {minutes} min left</source>
   <translation>noch etwa {minutes} min</translation>
  </message>
  <message>
   <source>cancelled</source>
   <translation>abgebrochen</translation>
  </message>
  <message>
   <source>checking</source>
   <translation>wird geprüft</translation>
  </message>
  <message>
   <source>converting</source>
   <translation>wird umgewandelt</translation>
  </message>
  <message>
   <source>done</source>
   <translation>fertig</translation>
  </message>
  <message>
   <source>failed</source>
   <translation>fehlgeschlagen</translation>
  </message>
  <message>
   <source>fetching</source>
   <translation>wird geholt</translation>
  </message>
  <message>
   <source>finding faces</source>
   <translation>Gesichter suchen</translation>
  </message>
  <message>
   <source>following</source>
   <translation>verfolgen</translation>
  </message>
  <message>
   <source>judging the fit</source>
   <translation>Synchronität beurteilen</translation>
  </message>
  <message>
   <source>learning</source>
   <translation>lernt</translation>
  </message>
  <message>
   <source>lengthening</source>
   <translation>verlängert</translation>
  </message>
  <message>
   <source>looking through the footage</source>
   <translation>sieht das Filmmaterial durch</translation>
  </message>
  <message>
   <source>making lips</source>
   <translation>Lippen erzeugen</translation>
  </message>
  <message>
   <source>paused</source>
   <translation>angehalten</translation>
  </message>
  <message>
   <source>reading it back</source>
   <translation>Film prüfen</translation>
  </message>
  <message>
   <source>unpacking</source>
   <translation>wird entpackt</translation>
  </message>
  <message>
   <source>waiting</source>
   <translation>wartet</translation>
  </message>
  <message>
   <source>writing down the words</source>
   <translation>Wörter aufschreiben</translation>
  </message>
  <message>
   <source>writing the copy</source>
   <translation>Kopie wird geschrieben</translation>
  </message>
  <message>
   <source>writing the film</source>
   <translation>Film schreiben</translation>
  </message>
  <message>
   <source>writing the patch</source>
   <translation>schreibt den Patch</translation>
  </message>
  <message>
   <source>{seconds} s left</source>
   <translation>noch {seconds} s</translation>
  </message>
 </context>
 <context>
  <name>JobsLine</name>
  <message>
   <source>No jobs</source>
   <translation>Keine Aufträge</translation>
  </message>
  <message>
   <source>Show the jobs</source>
   <translation>Aufträge zeigen</translation>
  </message>
 </context>
 <context>
  <name>JobsPanel</name>
  <message>
   <source>Clear finished</source>
   <translation>Fertige entfernen</translation>
  </message>
  <message>
   <source>Nothing is being worked on.
Thumbnails, faces, lips and exports appear here.</source>
   <translation>Gerade läuft nichts.
Gesichter, Lippen und Exporte erscheinen hier.</translation>
  </message>
  <message>
   <source>{count} finished</source>
   <translation>{count} fertig</translation>
  </message>
 </context>
 <context>
  <name>KeyButton</name>
  <message>
   <source>Remove the keyframe at the playhead. Right-click for more.</source>
   <translation>Den Keyframe am Abspielkopf entfernen. Rechtsklick für mehr.</translation>
  </message>
  <message>
   <source>Set a keyframe at the playhead. Right-click for more.</source>
   <translation>Einen Keyframe am Abspielkopf setzen. Rechtsklick für mehr.</translation>
  </message>
 </context>
 <context>
  <name>LaneHeaders</name>
  <message>
   <source>1 segment</source>
   <translation>1 Segment</translation>
  </message>
  <message>
   <source>Gain: drag sideways, double-click for 0 dB</source>
   <translation>Pegel: seitwärts ziehen, Doppelklick für 0 dB</translation>
  </message>
  <message>
   <source>Level at the playhead, from −60 dB to full scale</source>
   <translation>Aussteuerung am Abspielkopf, von −60 dB bis Vollaussteuerung</translation>
  </message>
  <message>
   <source>M</source>
   <translation>M</translation>
  </message>
  <message>
   <source>Mute lane</source>
   <translation>Spur stumm</translation>
  </message>
  <message>
   <source>Mute: nothing of this lane is heard or exported</source>
   <translation>Stumm: von dieser Spur wird nichts abgespielt oder exportiert</translation>
  </message>
  <message>
   <source>S</source>
   <translation>S</translation>
  </message>
  <message>
   <source>Set gain</source>
   <translation>Pegel setzen</translation>
  </message>
  <message>
   <source>Solo lane</source>
   <translation>Spur solo</translation>
  </message>
  <message>
   <source>Solo: only lanes with solo are heard and exported</source>
   <translation>Solo: nur Spuren mit Solo werden abgespielt und exportiert</translation>
  </message>
  <message>
   <source>no segments</source>
   <translation>keine Segmente</translation>
  </message>
  <message>
   <source>{count} segments</source>
   <translation>{count} Segmente</translation>
  </message>
 </context>
 <context>
  <name>LaneStack</name>
  <message>
   <source>Background</source>
   <translation>Hintergrund</translation>
  </message>
  <message>
   <source>Dub</source>
   <translation>Stimme</translation>
  </message>
  <message>
   <source>Film</source>
   <translation>Film</translation>
  </message>
  <message>
   <source>Nobody yet</source>
   <translation>Noch niemand</translation>
  </message>
  <message>
   <source>Original</source>
   <translation>Original</translation>
  </message>
 </context>
 <context>
  <name>LengthWork</name>
  <message>
   <source>Lengthen the picture</source>
   <translation>Bild verlängern</translation>
  </message>
  <message>
   <source>Lengthen {name}</source>
   <translation>{name} verlängern</translation>
  </message>
  <message>
   <source>The picture goes on to the end of the dub.</source>
   <translation>Das Bild geht bis zum Ende der Stimme weiter.</translation>
  </message>
  <message>
   <source>{copy} lies beside the film and is used from now on; undo brings the film back.</source>
   <translation>{copy} liegt neben dem Film und wird von nun an verwendet; Rückgängig bringt den Film zurück.</translation>
  </message>
 </context>
 <context>
  <name>LineCommands</name>
  <message>
   <source>A line becomes a segment where it has times, its character is cast and a dub lies there.</source>
   <translation>Eine Zeile wird zum Segment, wo sie Zeiten hat, ihre Rolle besetzt ist und eine Synchronstimme liegt.</translation>
  </message>
  <message>
   <source>Character</source>
   <translation>Rolle</translation>
  </message>
  <message>
   <source>Export the lines</source>
   <translation>Zeilen exportieren</translation>
  </message>
  <message>
   <source>Import a script</source>
   <translation>Drehbuch importieren</translation>
  </message>
  <message>
   <source>In</source>
   <translation>Beginn</translation>
  </message>
  <message>
   <source>Move the line to where it belongs</source>
   <translation>Zeile an ihren Platz schieben</translation>
  </message>
  <message>
   <source>No segment to make.</source>
   <translation>Kein Segment zu erzeugen.</translation>
  </message>
  <message>
   <source>No.</source>
   <translation>Nr.</translation>
  </message>
  <message>
   <source>Note</source>
   <translation>Notiz</translation>
  </message>
  <message>
   <source>Nudge earlier</source>
   <translation>Früher rücken</translation>
  </message>
  <message>
   <source>Nudge later</source>
   <translation>Später rücken</translation>
  </message>
  <message>
   <source>Out</source>
   <translation>Ende</translation>
  </message>
  <message>
   <source>Saved {name}.</source>
   <translation>{name} wurde gesichert.</translation>
  </message>
  <message>
   <source>Say under Characters who plays whom, then make segments of them.</source>
   <translation>Legen Sie unter Rollen fest, wer wen spielt, und erzeugen Sie dann Segmente.</translation>
  </message>
  <message>
   <source>Scripts</source>
   <translation>Drehbücher</translation>
  </message>
  <message>
   <source>Segments of the script</source>
   <translation>Segmente des Drehbuchs</translation>
  </message>
  <message>
   <source>Select one segment first.</source>
   <translation>Zuerst ein Segment wählen.</translation>
  </message>
  <message>
   <source>Sync</source>
   <translation>Sync</translation>
  </message>
  <message>
   <source>Text</source>
   <translation>Text</translation>
  </message>
  <message>
   <source>Untitled</source>
   <translation>Unbenannt</translation>
  </message>
  <message>
   <source>{count} lines imported.</source>
   <translation>{count} Zeilen importiert.</translation>
  </message>
  <message>
   <source>{count} segments made.</source>
   <translation>{count} Segmente erzeugt.</translation>
  </message>
 </context>
 <context>
  <name>LineTable</name>
  <message>
   <source>Character</source>
   <translation>Rolle</translation>
  </message>
  <message>
   <source>Doubtful</source>
   <translation>Zweifelhaft</translation>
  </message>
  <message>
   <source>Edit line</source>
   <translation>Zeile ändern</translation>
  </message>
  <message>
   <source>In</source>
   <translation>Beginn</translation>
  </message>
  <message>
   <source>No.</source>
   <translation>Nr.</translation>
  </message>
  <message>
   <source>Note</source>
   <translation>Notiz</translation>
  </message>
  <message>
   <source>Out</source>
   <translation>Ende</translation>
  </message>
  <message>
   <source>Person</source>
   <translation>Person</translation>
  </message>
  <message>
   <source>State</source>
   <translation>Zustand</translation>
  </message>
  <message>
   <source>Sync</source>
   <translation>Sync</translation>
  </message>
  <message>
   <source>Text</source>
   <translation>Text</translation>
  </message>
  <message>
   <source>no segment yet</source>
   <translation>noch kein Segment</translation>
  </message>
  <message>
   <source>no time yet</source>
   <translation>noch keine Zeit</translation>
  </message>
  <message>
   <source>nobody plays this character yet</source>
   <translation>die Rolle ist noch nicht besetzt</translation>
  </message>
 </context>
 <context>
  <name>LinesPanel</name>
  <message>
   <source>Cast {name}</source>
   <translation>{name} besetzen</translation>
  </message>
  <message>
   <source>Characters</source>
   <translation>Rollen</translation>
  </message>
  <message>
   <source>Delete lines</source>
   <translation>Zeilen löschen</translation>
  </message>
  <message>
   <source>Export…</source>
   <translation>Exportieren …</translation>
  </message>
  <message>
   <source>Filter lines</source>
   <translation>Zeilen filtern</translation>
  </message>
  <message>
   <source>Import a script, or drop one here:
subtitles, a table, DAPT, DetX, Pro Tools or plain text.</source>
   <translation>Importieren Sie ein Drehbuch, oder ziehen Sie eines hierher:
Untertitel, eine Tabelle, DAPT, DetX, Pro Tools oder reiner Text.</translation>
  </message>
  <message>
   <source>Import a script…</source>
   <translation>Drehbuch importieren …</translation>
  </message>
  <message>
   <source>Lines of the script</source>
   <translation>Zeilen des Drehbuchs</translation>
  </message>
  <message>
   <source>Make segments</source>
   <translation>Segmente erzeugen</translation>
  </message>
  <message>
   <source>Nobody yet</source>
   <translation>Noch niemand</translation>
  </message>
  <message>
   <source>Segments for the selected lines, or for all, where a dub lies</source>
   <translation>Segmente für die gewählten Zeilen, oder für alle, wo eine Synchronstimme liegt</translation>
  </message>
  <message>
   <source>Which person of the film plays which character of the script</source>
   <translation>Welche Person des Films welche Rolle des Drehbuchs spielt</translation>
  </message>
  <message>
   <source>nobody yet</source>
   <translation>noch niemand</translation>
  </message>
 </context>
 <context>
  <name>LipsPage</name>
  <message>
   <source> · failed</source>
   <translation> · fehlgeschlagen</translation>
  </message>
  <message>
   <source> · paused</source>
   <translation> · angehalten</translation>
  </message>
  <message>
   <source> · waiting</source>
   <translation> · wartet</translation>
  </message>
  <message>
   <source>About {final} for each second of film here, {draft} as a draft; {memory} GB of memory or more</source>
   <translation>Hier etwa {final} für jede Sekunde Film, {draft} als Entwurf; {memory} GB Arbeitsspeicher oder mehr</translation>
  </message>
  <message>
   <source>Assign person</source>
   <translation>Person zuweisen</translation>
  </message>
  <message>
   <source>Automatic</source>
   <translation>Automatisch</translation>
  </message>
  <message>
   <source>Engine</source>
   <translation>Verfahren</translation>
  </message>
  <message>
   <source>Film, no take</source>
   <translation>Film, kein Take</translation>
  </message>
  <message>
   <source>Generator (experimental)</source>
   <translation>Generator (experimentell)</translation>
  </message>
  <message>
   <source>Hold the last picture</source>
   <translation>Letztes Bild halten</translation>
  </message>
  <message>
   <source>Hybrid (experimental)</source>
   <translation>Gemischt (experimentell)</translation>
  </message>
  <message>
   <source>Keep original lips</source>
   <translation>Originallippen behalten</translation>
  </message>
  <message>
   <source>Lengthen the picture</source>
   <translation>Bild verlängern</translation>
  </message>
  <message>
   <source>Mute</source>
   <translation>Stumm</translation>
  </message>
  <message>
   <source>Needs {needs}</source>
   <translation>Braucht {needs}</translation>
  </message>
  <message>
   <source>New takes</source>
   <translation>Neue Takes</translation>
  </message>
  <message>
   <source>No generator is installed</source>
   <translation>Kein Generator ist installiert</translation>
  </message>
  <message>
   <source>No take yet</source>
   <translation>Noch kein Take</translation>
  </message>
  <message>
   <source>Nobody yet</source>
   <translation>Noch niemand</translation>
  </message>
  <message>
   <source>Not installed: Preferences, Models</source>
   <translation>Nicht installiert: Einstellungen, Modelle</translation>
  </message>
  <message>
   <source>Own mouth</source>
   <translation>Eigener Mund</translation>
  </message>
  <message>
   <source>Person</source>
   <translation>Person</translation>
  </message>
  <message>
   <source>Play there and back</source>
   <translation>Hin und zurück abspielen</translation>
  </message>
  <message>
   <source>Select one segment</source>
   <translation>Ein Segment wählen</translation>
  </message>
  <message>
   <source>Set engine</source>
   <translation>Verfahren wählen</translation>
  </message>
  <message>
   <source>Show the film again</source>
   <translation>Film noch einmal zeigen</translation>
  </message>
  <message>
   <source>Take</source>
   <translation>Take</translation>
  </message>
  <message>
   <source>Take {number}</source>
   <translation>Take {number}</translation>
  </message>
  <message>
   <source>The dub goes on for {seconds} s after the film’s last picture.</source>
   <translation>Die Stimme geht nach dem letzten Bild des Films noch {seconds} s weiter.</translation>
  </message>
  <message>
   <source>The footage holds every mouth that this take needs.</source>
   <translation>Das Filmmaterial enthält jeden Mund, den dieser Take braucht.</translation>
  </message>
  <message>
   <source>The footage holds {share} of the mouths that this take needs; the others are made from the nearest.</source>
   <translation>Das Filmmaterial enthält {share} der Münder, die dieser Take braucht; die übrigen sind aus den nächstliegenden gemacht.</translation>
  </message>
  <message>
   <source>{span}: take {number}</source>
   <translation>{span}: Take {number}</translation>
  </message>
 </context>
 <context>
  <name>LogLevels</name>
  <message>
   <source>Errors</source>
   <translation>Fehler</translation>
  </message>
  <message>
   <source>Everything</source>
   <translation>Alles</translation>
  </message>
  <message>
   <source>Information</source>
   <translation>Hinweise</translation>
  </message>
  <message>
   <source>Warnings</source>
   <translation>Warnungen</translation>
  </message>
 </context>
 <context>
  <name>LogViewer</name>
  <message>
   <source>Copy all</source>
   <translation>Alles kopieren</translation>
  </message>
  <message>
   <source>Log</source>
   <translation>Protokoll</translation>
  </message>
  <message>
   <source>Search</source>
   <translation>Suchen</translation>
  </message>
 </context>
 <context>
  <name>MainWindow</name>
  <message>
   <source>Exports</source>
   <translation>Exporte</translation>
  </message>
  <message>
   <source>Inspector</source>
   <translation>Inspektor</translation>
  </message>
  <message>
   <source>Jobs</source>
   <translation>Aufträge</translation>
  </message>
  <message>
   <source>Lines</source>
   <translation>Zeilen</translation>
  </message>
  <message>
   <source>Media</source>
   <translation>Medien</translation>
  </message>
  <message>
   <source>New from template</source>
   <translation>Neu aus Vorlage</translation>
  </message>
  <message>
   <source>Panels</source>
   <translation>Bereiche</translation>
  </message>
  <message>
   <source>People</source>
   <translation>Personen</translation>
  </message>
  <message>
   <source>Recent projects</source>
   <translation>Letzte Projekte</translation>
  </message>
  <message>
   <source>Sync graph</source>
   <translation>Synchronkurve</translation>
  </message>
  <message>
   <source>Takes</source>
   <translation>Takes</translation>
  </message>
  <message>
   <source>Timeline</source>
   <translation>Zeitleiste</translation>
  </message>
  <message>
   <source>Untitled</source>
   <translation>Ohne Titel</translation>
  </message>
 </context>
 <context>
  <name>ManualDialog</name>
  <message>
   <source>Contents</source>
   <translation>Inhalt</translation>
  </message>
  <message>
   <source>Manual</source>
   <translation>Handbuch</translation>
  </message>
  <message>
   <source>Page</source>
   <translation>Seite</translation>
  </message>
  <message>
   <source>The manual was not installed with the program.</source>
   <translation>Das Handbuch wurde nicht mit dem Programm installiert.</translation>
  </message>
  <message>
   <source>This page cannot be read: {reason}</source>
   <translation>Diese Seite lässt sich nicht lesen: {reason}</translation>
  </message>
  <message>
   <source>en</source>
   <translation>de</translation>
  </message>
 </context>
 <context>
  <name>MasterMeter</name>
  <message>
   <source>Level of all lanes together at the playhead: the mix is at most this loud</source>
   <translation>Pegel aller Spuren zusammen an der Abspielposition: Die Mischung ist höchstens so laut</translation>
  </message>
  <message>
   <source>Master level</source>
   <translation>Summenpegel</translation>
  </message>
 </context>
 <context>
  <name>MediaBin</name>
  <message>
   <source>Add media</source>
   <translation>Medien hinzufügen</translation>
  </message>
  <message>
   <source>Convert to a constant rate</source>
   <translation>In konstante Bildrate umwandeln</translation>
  </message>
  <message>
   <source>Drop a film here, then the dub.
Or choose files below.</source>
   <translation>Ziehen Sie einen Film hierher, dann die Stimme.
Oder wählen Sie unten Dateien.</translation>
  </message>
  <message>
   <source>Find faces</source>
   <translation>Gesichter suchen</translation>
  </message>
  <message>
   <source>Find file…</source>
   <translation>Datei suchen …</translation>
  </message>
  <message>
   <source>Make a proxy</source>
   <translation>Proxy erstellen</translation>
  </message>
  <message>
   <source>Media</source>
   <translation>Medien</translation>
  </message>
  <message>
   <source>Put onto the timeline</source>
   <translation>Auf die Zeitleiste legen</translation>
  </message>
  <message>
   <source>Remove from the project</source>
   <translation>Aus dem Projekt nehmen</translation>
  </message>
  <message>
   <source>Remove media</source>
   <translation>Medien entfernen</translation>
  </message>
  <message>
   <source>Remove the proxy</source>
   <translation>Proxy entfernen</translation>
  </message>
  <message>
   <source>The file is not there any more. Right-click: Find file.</source>
   <translation>Die Datei ist nicht mehr da. Rechtsklick: Datei suchen.</translation>
  </message>
  <message>
   <source>Variable frame rate: every frame keeps its exact time.</source>
   <translation>Variable Bildrate: Jedes Bild behält seine genaue Zeit.</translation>
  </message>
  <message>
   <source>file not found</source>
   <translation>Datei nicht gefunden</translation>
  </message>
  <message>
   <source>proxy</source>
   <translation>Proxy</translation>
  </message>
 </context>
 <context>
  <name>MediaWork</name>
  <message>
   <source>Add media</source>
   <translation>Medien hinzufügen</translation>
  </message>
  <message>
   <source>Add to the timeline</source>
   <translation>Zur Zeitleiste hinzufügen</translation>
  </message>
  <message>
   <source>Convert it</source>
   <translation>Umwandeln</translation>
  </message>
  <message>
   <source>Every frame keeps its exact time; the timeline counts at {rate} frames a second. A copy with a constant rate is easier to cut in other programs.</source>
   <translation>Jedes Bild behält seine genaue Zeit; die Zeitleiste zählt mit {rate} Bildern pro Sekunde. Eine Kopie mit konstanter Bildrate lässt sich in anderen Programmen leichter schneiden.</translation>
  </message>
  <message>
   <source>Reading {name}</source>
   <translation>{name} lesen</translation>
  </message>
  <message>
   <source>{count} files</source>
   <translation>{count} Dateien</translation>
  </message>
  <message>
   <source>{name} has a variable frame rate.</source>
   <translation>{name} hat eine variable Bildrate.</translation>
  </message>
 </context>
 <context>
  <name>ModelCard</name>
  <message>
   <source>Accept</source>
   <translation>Annehmen</translation>
  </message>
  <message>
   <source>Being installed</source>
   <translation>Wird installiert</translation>
  </message>
  <message>
   <source>Delete {title} from this computer?</source>
   <translation>{title} von diesem Rechner löschen?</translation>
  </message>
  <message>
   <source>Folder with the files of {title}</source>
   <translation>Ordner mit den Dateien von {title}</translation>
  </message>
  <message>
   <source>From folder …</source>
   <translation>Aus Ordner …</translation>
  </message>
  <message>
   <source>Install …</source>
   <translation>Installieren …</translation>
  </message>
  <message>
   <source>Installed</source>
   <translation>Installiert</translation>
  </message>
  <message>
   <source>Licence: {link}</source>
   <translation>Lizenz: {link}</translation>
  </message>
  <message>
   <source>Not installed</source>
   <translation>Nicht installiert</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>Entfernen</translation>
  </message>
  <message>
   <source>Verify</source>
   <translation>Prüfen</translation>
  </message>
  <message>
   <source>{size} GB to fetch · needs {needs}</source>
   <translation>{size} GB zu holen · braucht {needs}</translation>
  </message>
  <message>
   <source>{summary}&lt;br&gt;&lt;br&gt;The whole text: {link}</source>
   <translation>{summary}&lt;br&gt;&lt;br&gt;Der ganze Text: {link}</translation>
  </message>
 </context>
 <context>
  <name>ModelWork</name>
  <message>
   <source>Install {title}</source>
   <translation>{title} installieren</translation>
  </message>
  <message>
   <source>{title} is as it was installed.</source>
   <translation>{title} ist, wie es installiert wurde.</translation>
  </message>
  <message>
   <source>{title} is damaged. Install it again.</source>
   <translation>{title} ist beschädigt. Bitte neu installieren.</translation>
  </message>
  <message>
   <source>{title} is installed.</source>
   <translation>{title} ist installiert.</translation>
  </message>
 </context>
 <context>
  <name>ModelsPage</name>
  <message>
   <source>These models are made and published by others. None is used unless you choose it for a segment in the inspector.</source>
   <translation>Diese Modelle haben andere gemacht und veröffentlicht. Keines wird benutzt, wenn Sie es nicht im Inspektor für ein Segment wählen.</translation>
  </message>
 </context>
 <context>
  <name>MovingSettings</name>
  <message>
   <source>Copy keyframes</source>
   <translation>Keyframes kopieren</translation>
  </message>
  <message>
   <source>Copy keyframes of all settings</source>
   <translation>Keyframes aller Einstellungen kopieren</translation>
  </message>
  <message>
   <source>Linear from here</source>
   <translation>Ab hier linear</translation>
  </message>
  <message>
   <source>Linear keyframe</source>
   <translation>Keyframe linear</translation>
  </message>
  <message>
   <source>Next keyframe</source>
   <translation>Nächster Keyframe</translation>
  </message>
  <message>
   <source>Paste keyframes</source>
   <translation>Keyframes einfügen</translation>
  </message>
  <message>
   <source>Previous keyframe</source>
   <translation>Voriger Keyframe</translation>
  </message>
  <message>
   <source>Remove all keyframes of this setting</source>
   <translation>Alle Keyframes dieser Einstellung entfernen</translation>
  </message>
  <message>
   <source>Remove keyframe</source>
   <translation>Keyframe entfernen</translation>
  </message>
  <message>
   <source>Remove keyframes</source>
   <translation>Keyframes entfernen</translation>
  </message>
  <message>
   <source>Set keyframe</source>
   <translation>Keyframe setzen</translation>
  </message>
  <message>
   <source>Smooth from here</source>
   <translation>Ab hier weich</translation>
  </message>
  <message>
   <source>Smooth keyframe</source>
   <translation>Keyframe weich</translation>
  </message>
 </context>
 <context>
  <name>Options</name>
  <message>
   <source>Adapt to a person for</source>
   <translation>An eine Person anpassen</translation>
  </message>
  <message>
   <source>As the system</source>
   <translation>Wie das System</translation>
  </message>
  <message>
   <source>Ask at the start whether to open what was not saved.</source>
   <translation>Beim Start fragen, ob Ungespeichertes geöffnet werden soll.</translation>
  </message>
  <message>
   <source>Automatic</source>
   <translation>Automatisch</translation>
  </message>
  <message>
   <source>Autosave after</source>
   <translation>Sichern nach</translation>
  </message>
  <message>
   <source>Best of several takes</source>
   <translation>Bester von mehreren Takes</translation>
  </message>
  <message>
   <source>Colours of the window.</source>
   <translation>Farben des Fensters.</translation>
  </message>
  <message>
   <source>Dark</source>
   <translation>Dunkel</translation>
  </message>
  <message>
   <source>Device</source>
   <translation>Gerät</translation>
  </message>
  <message>
   <source>Edges catch at cuts, the playhead, segments and markers.</source>
   <translation>Kanten rasten an Schnitten, Abspielkopf, Segmenten und Markern ein.</translation>
  </message>
  <message>
   <source>Engine</source>
   <translation>Verfahren</translation>
  </message>
  <message>
   <source>Films are played from their light copies where there are any.</source>
   <translation>Filme werden von ihren leichten Kopien abgespielt, wo es welche gibt.</translation>
  </message>
  <message>
   <source>Find faces when a film is added</source>
   <translation>Gesichter suchen, wenn ein Film dazukommt</translation>
  </message>
  <message>
   <source>Follow the playhead</source>
   <translation>Abspielkopf folgen</translation>
  </message>
  <message>
   <source>General</source>
   <translation>Allgemein</translation>
  </message>
  <message>
   <source>How long a generator learns a person; looking through the footage comes before.</source>
   <translation>Wie lange ein Generator eine Person lernt; vorher wird das Filmmaterial durchgesehen.</translation>
  </message>
  <message>
   <source>How long after a change the unsaved state is kept aside.</source>
   <translation>Wie lange nach einer Änderung der ungespeicherte Stand gesichert wird.</translation>
  </message>
  <message>
   <source>How many takes are made before the best is chosen.</source>
   <translation>Wie viele Takes gemacht werden, bevor der beste gewählt wird.</translation>
  </message>
  <message>
   <source>Keep backups</source>
   <translation>Sicherungen behalten</translation>
  </message>
  <message>
   <source>Keep the last state of each hour, day and week when saving.</source>
   <translation>Beim Speichern den letzten Stand jeder Stunde, jedes Tages und jeder Woche behalten.</translation>
  </message>
  <message>
   <source>Language</source>
   <translation>Sprache</translation>
  </message>
  <message>
   <source>Language of the window.</source>
   <translation>Sprache des Fensters.</translation>
  </message>
  <message>
   <source>Light</source>
   <translation>Hell</translation>
  </message>
  <message>
   <source>Light copies in the background, for smooth playing. They are never exported.</source>
   <translation>Leichte Kopien im Hintergrund, für flüssiges Abspielen. Sie werden nie exportiert.</translation>
  </message>
  <message>
   <source>Make proxies</source>
   <translation>Proxys erstellen</translation>
  </message>
  <message>
   <source>Never by itself</source>
   <translation>Nie von selbst</translation>
  </message>
  <message>
   <source>Of heavy films</source>
   <translation>Von schweren Filmen</translation>
  </message>
  <message>
   <source>Offer recovery after a crash</source>
   <translation>Nach einem Absturz wiederherstellen</translation>
  </message>
  <message>
   <source>Play proxies</source>
   <translation>Proxys abspielen</translation>
  </message>
  <message>
   <source>Playback</source>
   <translation>Wiedergabe</translation>
  </message>
  <message>
   <source>Processor</source>
   <translation>Prozessor</translation>
  </message>
  <message>
   <source>Runs in the background; otherwise start it from the media bin.</source>
   <translation>Läuft im Hintergrund; sonst in der Medienliste starten.</translation>
  </message>
  <message>
   <source>Rythmo band</source>
   <translation>Rythmoband</translation>
  </message>
  <message>
   <source>Saving</source>
   <translation>Speichern</translation>
  </message>
  <message>
   <source>Snapping</source>
   <translation>Einrasten</translation>
  </message>
  <message>
   <source>The script's words run under the picture to the playhead.</source>
   <translation>Die Worte des Textes laufen unter dem Bild zur Abspielposition.</translation>
  </message>
  <message>
   <source>The timeline scrolls along while playing.</source>
   <translation>Die Zeitleiste läuft beim Abspielen mit.</translation>
  </message>
  <message>
   <source>Theme</source>
   <translation>Farbschema</translation>
  </message>
  <message>
   <source>Timeline</source>
   <translation>Zeitleiste</translation>
  </message>
  <message>
   <source>Where lips are computed.</source>
   <translation>Wo die Lippen berechnet werden.</translation>
  </message>
 </context>
 <context>
  <name>ParameterRow</name>
  <message>
   <source>Back to {value}</source>
   <translation>Zurück auf {value}</translation>
  </message>
  <message>
   <source>Changed</source>
   <translation>Geändert</translation>
  </message>
  <message>
   <source>Default: {value}</source>
   <translation>Vorgabe: {value}</translation>
  </message>
  <message>
   <source>Keyframe of {name}</source>
   <translation>Keyframe von {name}</translation>
  </message>
  <message>
   <source>The next number</source>
   <translation>Die nächste Zahl</translation>
  </message>
  <message>
   <source>off</source>
   <translation>aus</translation>
  </message>
  <message>
   <source>on</source>
   <translation>an</translation>
  </message>
 </context>
 <context>
  <name>Parameters</name>
  <message>
   <source>Another number gives another take.</source>
   <translation>Eine andere Zahl gibt einen anderen Take.</translation>
  </message>
  <message>
   <source>Articulation</source>
   <translation>Artikulation</translation>
  </message>
  <message>
   <source>Breath</source>
   <translation>Atem</translation>
  </message>
  <message>
   <source>Chin edge</source>
   <translation>Kinnkante</translation>
  </message>
  <message>
   <source>Close the mouth</source>
   <translation>Mund schließen</translation>
  </message>
  <message>
   <source>Draft</source>
   <translation>Entwurf</translation>
  </message>
  <message>
   <source>Draft is faster; final is what an export should use.</source>
   <translation>Entwurf ist schneller; fertig ist für den Export.</translation>
  </message>
  <message>
   <source>Fade in</source>
   <translation>Einblenden</translation>
  </message>
  <message>
   <source>Fade out</source>
   <translation>Ausblenden</translation>
  </message>
  <message>
   <source>Fade out beyond</source>
   <translation>Ausblenden ab</translation>
  </message>
  <message>
   <source>Feather</source>
   <translation>Weiche Kante</translation>
  </message>
  <message>
   <source>Final</source>
   <translation>Fertig</translation>
  </message>
  <message>
   <source>Fits the new lips to the skin around them.</source>
   <translation>Passt die neuen Lippen an die Haut ringsum an.</translation>
  </message>
  <message>
   <source>Gain</source>
   <translation>Pegel</translation>
  </message>
  <message>
   <source>Grow</source>
   <translation>Wachsen</translation>
  </message>
  <message>
   <source>Guard occlusions</source>
   <translation>Verdeckung schützen</translation>
  </message>
  <message>
   <source>How far the lips part for a breath before each phrase.</source>
   <translation>Wie weit sich die Lippen vor jeder Phrase zum Atemholen öffnen.</translation>
  </message>
  <message>
   <source>How far the manner learnt from the person's own speech in the film is taken on.</source>
   <translation>Wie weit die Sprechweise übernommen wird, die aus der eigenen Sprache der Person im Film gelernt wurde.</translation>
  </message>
  <message>
   <source>How long the sound takes to come.</source>
   <translation>Wie lange der Ton braucht, um da zu sein.</translation>
  </message>
  <message>
   <source>How long the sound takes to go.</source>
   <translation>Wie lange der Ton braucht, um zu gehen.</translation>
  </message>
  <message>
   <source>How much louder or quieter it is heard.</source>
   <translation>Wie viel lauter oder leiser es zu hören ist.</translation>
  </message>
  <message>
   <source>How much of the new lips is mixed in.</source>
   <translation>Wie viel der neuen Lippen beigemischt wird.</translation>
  </message>
  <message>
   <source>How softly the region runs out.</source>
   <translation>Wie weich der Bereich ausläuft.</translation>
  </message>
  <message>
   <source>How strongly the mouth moves.</source>
   <translation>Wie stark sich der Mund bewegt.</translation>
  </message>
  <message>
   <source>In silence</source>
   <translation>Bei Stille</translation>
  </message>
  <message>
   <source>Keep the original</source>
   <translation>Original behalten</translation>
  </message>
  <message>
   <source>Keeps hands and microphones in front of the mouth.</source>
   <translation>Lässt Hände und Mikrofone vor dem Mund.</translation>
  </message>
  <message>
   <source>Leave it to the model</source>
   <translation>Dem Modell überlassen</translation>
  </message>
  <message>
   <source>Match colours</source>
   <translation>Farben anpassen</translation>
  </message>
  <message>
   <source>Moves the lower edge down, or up when negative.</source>
   <translation>Schiebt die untere Kante nach unten, negativ nach oben.</translation>
  </message>
  <message>
   <source>Moves the upper edge up, or down when negative.</source>
   <translation>Schiebt die obere Kante nach oben, negativ nach unten.</translation>
  </message>
  <message>
   <source>Own style</source>
   <translation>Sprechweise</translation>
  </message>
  <message>
   <source>Quality</source>
   <translation>Qualität</translation>
  </message>
  <message>
   <source>Seed</source>
   <translation>Startzahl</translation>
  </message>
  <message>
   <source>Strength</source>
   <translation>Stärke</translation>
  </message>
  <message>
   <source>Turned further than this, the face shows the original lips.</source>
   <translation>Weiter abgewandt zeigt das Gesicht die Originallippen.</translation>
  </message>
  <message>
   <source>Upper lip edge</source>
   <translation>Oberlippenkante</translation>
  </message>
  <message>
   <source>What the mouth does while the dub is silent.</source>
   <translation>Was der Mund tut, solange die Stimme schweigt.</translation>
  </message>
  <message>
   <source>Widens the region around the mouth.</source>
   <translation>Weitet den Bereich um den Mund.</translation>
  </message>
 </context>
 <context>
  <name>PatchOptions</name>
  <message>
   <source>Empty frames before and after each clip, for trimming.</source>
   <translation>Leere Frames vor und nach jedem Clip, zum Trimmen.</translation>
  </message>
  <message>
   <source>Handles</source>
   <translation>Anfasser</translation>
  </message>
  <message>
   <source>Handles in frames</source>
   <translation>Anfasser in Frames</translation>
  </message>
  <message>
   <source>No larger than the mouths</source>
   <translation>Nicht größer als die Münder</translation>
  </message>
  <message>
   <source>Smaller clips. Kdenlive and MLT timelines place them; other programs are told where they lie.</source>
   <translation>Kleinere Clips. Die Timelines für Kdenlive und MLT legen sie an ihren Platz; anderen Programmen wird gesagt, wo sie liegen.</translation>
  </message>
  <message>
   <source>With it come the dub and timelines for Kdenlive, MLT, OpenTimelineIO, Final Cut Pro 7 XML, AAF, and an EDL of the film.</source>
   <translation>Dazu kommen der Dub und Timelines für Kdenlive, MLT, OpenTimelineIO, Final Cut Pro 7 XML, AAF, und eine EDL des Films.</translation>
  </message>
  <message>
   <source>With it come the dub and timelines for Kdenlive, MLT, OpenTimelineIO, Final Cut Pro 7 XML, and an EDL of the film.</source>
   <translation>Dazu kommen der Dub und Timelines für Kdenlive, MLT, OpenTimelineIO, Final Cut Pro 7 XML, und eine EDL des Films.</translation>
  </message>
  <message>
   <source>With it come the dub and timelines for Kdenlive, MLT, OpenTimelineIO, and an EDL of the film. Final Cut Pro 7 XML knows no cropped clips and no numbered pictures.</source>
   <translation>Dazu kommen der Dub und Timelines für Kdenlive, MLT, OpenTimelineIO, und eine EDL des Films. Final Cut Pro 7 XML kennt keine beschnittenen Clips und keine nummerierten Bilder.</translation>
  </message>
 </context>
 <context>
  <name>PersonCard</name>
  <message>
   <source>Adapt to this person</source>
   <translation>An diese Person anpassen</translation>
  </message>
  <message>
   <source>Adapt to this person: the generator learns the mouth from the project's films</source>
   <translation>An diese Person anpassen: Der Generator lernt den Mund aus den Filmen des Projekts</translation>
  </message>
  <message>
   <source>adaptation is not on this computer</source>
   <translation>Anpassung ist nicht auf diesem Rechner</translation>
  </message>
  <message>
   <source>adapted to another generator</source>
   <translation>für einen anderen Generator angepasst</translation>
  </message>
  <message>
   <source>adapted, mouth {percent} % nearer</source>
   <translation>angepasst, Mund {percent} % näher</translation>
  </message>
  <message>
   <source>is looked for in the film</source>
   <translation>wird im Film gesucht</translation>
  </message>
  <message>
   <source>not found in a film</source>
   <translation>in keinem Film gefunden</translation>
  </message>
  <message>
   <source>speaks {share} of the time</source>
   <translation>spricht {share} der Zeit</translation>
  </message>
  <message>
   <source>{minutes} min on screen</source>
   <translation>{minutes} min im Bild</translation>
  </message>
  <message>
   <source>{seconds} s on screen</source>
   <translation>{seconds} s im Bild</translation>
  </message>
 </context>
 <context>
  <name>PersonCards</name>
  <message>
   <source>Adapt to this person…</source>
   <translation>An diese Person anpassen …</translation>
  </message>
  <message>
   <source>Colour</source>
   <translation>Farbe</translation>
  </message>
  <message>
   <source>Colour…</source>
   <translation>Farbe …</translation>
  </message>
  <message>
   <source>Faces were not looked for yet.</source>
   <translation>Gesichter wurden noch nicht gesucht.</translation>
  </message>
  <message>
   <source>Find faces</source>
   <translation>Gesichter suchen</translation>
  </message>
  <message>
   <source>Hide</source>
   <translation>Verbergen</translation>
  </message>
  <message>
   <source>Hide person</source>
   <translation>Person verbergen</translation>
  </message>
  <message>
   <source>Merge people</source>
   <translation>Personen vereinen</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>Name</translation>
  </message>
  <message>
   <source>No face was found in this project's films.
They play and cut as any film, without new lips.</source>
   <translation>In den Filmen dieses Projekts wurde kein Gesicht gefunden.
Sie lassen sich abspielen und schneiden, ohne neue Lippen.</translation>
  </message>
  <message>
   <source>Nobody was found yet.
Faces are looked for in the background.</source>
   <translation>Noch niemand gefunden.
Gesichter werden im Hintergrund gesucht.</translation>
  </message>
  <message>
   <source>People appear here
when you add a film.</source>
   <translation>Hier erscheinen Personen,
sobald ein Film da ist.</translation>
  </message>
  <message>
   <source>Person {n}</source>
   <translation>Person {n}</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>Entfernen</translation>
  </message>
  <message>
   <source>Remove person</source>
   <translation>Person entfernen</translation>
  </message>
  <message>
   <source>Remove the adaptation</source>
   <translation>Anpassung entfernen</translation>
  </message>
  <message>
   <source>Rename</source>
   <translation>Umbenennen</translation>
  </message>
  <message>
   <source>Rename person</source>
   <translation>Person umbenennen</translation>
  </message>
  <message>
   <source>Rename…</source>
   <translation>Umbenennen …</translation>
  </message>
  <message>
   <source>Same person as</source>
   <translation>Dieselbe Person wie</translation>
  </message>
  <message>
   <source>Show hidden people</source>
   <translation>Verborgene Personen zeigen</translation>
  </message>
  <message>
   <source>Split into the faces that were found</source>
   <translation>In die gefundenen Gesichter teilen</translation>
  </message>
  <message>
   <source>Split person</source>
   <translation>Person teilen</translation>
  </message>
  <message>
   <source>Take back what was placed by hand</source>
   <translation>Von Hand Gesetztes zurücknehmen</translation>
  </message>
 </context>
 <context>
  <name>Pins</name>
  <message>
   <source>Mouth half open here</source>
   <translation>Mund hier halb offen</translation>
  </message>
  <message>
   <source>Mouth shut here</source>
   <translation>Mund hier geschlossen</translation>
  </message>
  <message>
   <source>Mouth wide open here</source>
   <translation>Mund hier weit offen</translation>
  </message>
  <message>
   <source>Move pin</source>
   <translation>Pin verschieben</translation>
  </message>
  <message>
   <source>Remove the pin here</source>
   <translation>Den Pin hier entfernen</translation>
  </message>
 </context>
 <context>
  <name>PlacedWork</name>
  <message>
   <source>Following what was placed in {name}</source>
   <translation>Gesetztes in {name} verfolgen</translation>
  </message>
 </context>
 <context>
  <name>PreferencesDialog</name>
  <message>
   <source>All defaults</source>
   <translation>Alle Vorgaben</translation>
  </message>
  <message>
   <source>Caches</source>
   <translation>Zwischenspeicher</translation>
  </message>
  <message>
   <source>General</source>
   <translation>Allgemein</translation>
  </message>
  <message>
   <source>Models</source>
   <translation>Modelle</translation>
  </message>
  <message>
   <source>No setting has that in its name.</source>
   <translation>Keine Einstellung heißt so.</translation>
  </message>
  <message>
   <source>Preferences</source>
   <translation>Voreinstellungen</translation>
  </message>
  <message>
   <source>Search</source>
   <translation>Suchen</translation>
  </message>
  <message>
   <source>Takes effect at the next start.</source>
   <translation>Wirkt beim nächsten Start.</translation>
  </message>
 </context>
 <context>
  <name>ProjectDialogs</name>
  <message>
   <source>It was opened for reading. Take it over only if the other window is gone: the last to save wins.</source>
   <translation>Es wurde nur zum Lesen geöffnet. Übernehmen Sie es nur, wenn es das andere Fenster nicht mehr gibt: Wer zuletzt speichert, gewinnt.</translation>
  </message>
  <message>
   <source>Only read</source>
   <translation>Nur lesen</translation>
  </message>
  <message>
   <source>Open elsewhere</source>
   <translation>Anderswo geöffnet</translation>
  </message>
  <message>
   <source>Take it over</source>
   <translation>Übernehmen</translation>
  </message>
  <message>
   <source>Unsaved work</source>
   <translation>Ungespeicherte Arbeit</translation>
  </message>
  <message>
   <source>{name} is open in another window.</source>
   <translation>{name} ist in einem anderen Fenster geöffnet.</translation>
  </message>
  <message>
   <source>“{name}” has changes that are not saved.</source>
   <translation>„{name}“ enthält ungespeicherte Änderungen.</translation>
  </message>
 </context>
 <context>
  <name>ProjectKeeper</name>
  <message>
   <source>It is opened for reading; save it under another name to change it.</source>
   <translation>Es ist nur zum Lesen geöffnet; speichern Sie es unter einem anderen Namen, um es zu ändern.</translation>
  </message>
  <message>
   <source>Save yours under another name, so that neither overwrites the other.</source>
   <translation>Speichern Sie Ihres unter einem anderen Namen, damit keines das andere überschreibt.</translation>
  </message>
  <message>
   <source>Saved {name}.</source>
   <translation>{name} gespeichert.</translation>
  </message>
  <message>
   <source>The unsaved state could not be kept: {reason}</source>
   <translation>Der ungespeicherte Stand konnte nicht gesichert werden: {reason}</translation>
  </message>
  <message>
   <source>{count} missing files are back.</source>
   <translation>{count} fehlende Dateien sind wieder da.</translation>
  </message>
  <message>
   <source>{name} may not be changed.</source>
   <translation>{name} darf nicht geändert werden.</translation>
  </message>
  <message>
   <source>{name} was taken over by another window.</source>
   <translation>{name} wurde von einem anderen Fenster übernommen.</translation>
  </message>
 </context>
 <context>
  <name>ProxyWork</name>
  <message>
   <source>Proxy of {name}</source>
   <translation>Proxy von {name}</translation>
  </message>
 </context>
 <context>
  <name>RecoveryDialog</name>
  <message>
   <source>Ask me later</source>
   <translation>Später fragen</translation>
  </message>
  <message>
   <source>It is not offered again, but stays on disk.</source>
   <translation>Es wird nicht mehr angeboten, bleibt aber auf der Platte.</translation>
  </message>
  <message>
   <source>Open it</source>
   <translation>Öffnen</translation>
  </message>
  <message>
   <source>Put it aside</source>
   <translation>Beiseitelegen</translation>
  </message>
  <message>
   <source>The program did not end well last time. This was kept aside; open it, or leave it for another time.</source>
   <translation>Das Programm wurde letztes Mal nicht richtig beendet. Dies wurde gesichert; öffnen Sie es, oder lassen Sie es für später.</translation>
  </message>
  <message>
   <source>Unsaved work was found</source>
   <translation>Ungespeicherte Arbeit gefunden</translation>
  </message>
  <message>
   <source>Untitled</source>
   <translation>Ohne Titel</translation>
  </message>
  <message>
   <source>never saved</source>
   <translation>nie gespeichert</translation>
  </message>
 </context>
 <context>
  <name>RelinkDialog</name>
  <message>
   <source>Find file…</source>
   <translation>Datei suchen …</translation>
  </message>
  <message>
   <source>Find {name}</source>
   <translation>{name} suchen</translation>
  </message>
  <message>
   <source>Go on without</source>
   <translation>Ohne sie weiter</translation>
  </message>
  <message>
   <source>Missing media</source>
   <translation>Fehlende Medien</translation>
  </message>
  <message>
   <source>{count} files were not found where they were. Show one; others beside it are found by themselves.</source>
   <translation>{count} Dateien liegen nicht mehr am alten Ort. Zeigen Sie eine; andere daneben werden von selbst gefunden.</translation>
  </message>
 </context>
 <context>
  <name>RythmoBand</name>
  <message>
   <source> (off)</source>
   <translation> (Off)</translation>
  </message>
  <message>
   <source>Drag to move the playhead, Ctrl and wheel to run faster or slower</source>
   <translation>Ziehen bewegt die Abspielposition, Strg und Mausrad machen schneller oder langsamer</translation>
  </message>
  <message>
   <source>Rythmo band</source>
   <translation>Rythmoband</translation>
  </message>
  <message>
   <source>The lines of a script run here to the playhead: import one with Ctrl+Shift+I.</source>
   <translation>Hier laufen die Zeilen eines Textes zur Abspielposition: Lesen Sie einen mit Strg+Umschalt+I ein.</translation>
  </message>
 </context>
 <context>
  <name>ScoreCard</name>
  <message>
   <source>Does not fit yet. Try another take, or more articulation.</source>
   <translation>Passt noch nicht. Versuchen Sie einen anderen Take oder mehr Artikulation.</translation>
  </message>
  <message>
   <source>Fits well.</source>
   <translation>Passt gut.</translation>
  </message>
  <message>
   <source>Fits; look at the weak stretches (N).</source>
   <translation>Passt; sehen Sie sich die schwachen Stellen an (N).</translation>
  </message>
  <message>
   <source>How likely lips and voice belong together, 0 to 1, averaged over the stretches where it can be judged; “–” where they are less than a second, too little to tell. The threshold is {threshold}. Silence, turned-away and hidden faces are not counted.</source>
   <translation>Wie wahrscheinlich Lippen und Stimme zusammengehören, 0 bis 1, gemittelt über die Stellen, an denen es sich beurteilen lässt; „–“, wo sie zusammen kürzer als eine Sekunde sind, zu wenig für ein Urteil. Die Schwelle ist {threshold}. Stille, abgewandte und verdeckte Gesichter zählen nicht.</translation>
  </message>
  <message>
   <source>Not known yet: generate, and the fit is judged as it goes.</source>
   <translation>Noch nicht bekannt: Beim Erzeugen wird die Synchronität gleich beurteilt.</translation>
  </message>
  <message>
   <source>Too short to judge surely: less than a second of speech.</source>
   <translation>Zu kurz für ein sicheres Urteil: weniger als eine Sekunde Sprache.</translation>
  </message>
  <message>
   <source>film with its own voice</source>
   <translation>Film mit eigener Stimme</translation>
  </message>
  <message>
   <source>film with the dub</source>
   <translation>Film mit neuer Stimme</translation>
  </message>
  <message>
   <source>result</source>
   <translation>Ergebnis</translation>
  </message>
 </context>
 <context>
  <name>ScriptDialog</name>
  <message>
   <source>(none)</source>
   <translation>(keine)</translation>
  </message>
  <message>
   <source>Character</source>
   <translation>Rolle</translation>
  </message>
  <message>
   <source>Import</source>
   <translation>Importieren</translation>
  </message>
  <message>
   <source>Import {name}</source>
   <translation>{name} importieren</translation>
  </message>
  <message>
   <source>In</source>
   <translation>Beginn</translation>
  </message>
  <message>
   <source>Note</source>
   <translation>Notiz</translation>
  </message>
  <message>
   <source>On screen</source>
   <translation>Im Bild</translation>
  </message>
  <message>
   <source>Out</source>
   <translation>Ende</translation>
  </message>
  <message>
   <source>Text</source>
   <translation>Text</translation>
  </message>
  <message>
   <source>column {n}</source>
   <translation>Spalte {n}</translation>
  </message>
  <message>
   <source>{lines} lines, {characters} characters.</source>
   <translation>{lines} Zeilen, {characters} Rollen.</translation>
  </message>
 </context>
 <context>
  <name>SegmentCommands</name>
  <message>
   <source>Adapt</source>
   <translation>Anpassen</translation>
  </message>
  <message>
   <source>Adapt to a person</source>
   <translation>An eine Person anpassen</translation>
  </message>
  <message>
   <source>Choose take</source>
   <translation>Take wählen</translation>
  </message>
  <message>
   <source>Choose the best take</source>
   <translation>Besten Take wählen</translation>
  </message>
  <message>
   <source>Drop a sound file on the timeline first.</source>
   <translation>Ziehen Sie zuerst eine Tondatei auf die Zeitleiste.</translation>
  </message>
  <message>
   <source>It looks through the project's films and learns for up to {minutes} minutes in the background. It can be cancelled in the jobs panel; what gains nothing is not kept.</source>
   <translation>Er sieht die Filme des Projekts durch und lernt bis zu {minutes} Minuten im Hintergrund. Unter Aufträge lässt sich das abbrechen; was nichts bringt, wird nicht behalten.</translation>
  </message>
  <message>
   <source>Keep original lips</source>
   <translation>Originallippen behalten</translation>
  </message>
  <message>
   <source>Mute</source>
   <translation>Stumm</translation>
  </message>
  <message>
   <source>New segment</source>
   <translation>Neues Segment</translation>
  </message>
  <message>
   <source>No weak or doubtful stretch before this.</source>
   <translation>Davor ist keine schwache oder zweifelhafte Stelle.</translation>
  </message>
  <message>
   <source>No weak or doubtful stretch further on.</source>
   <translation>Weiter hinten ist keine schwache oder zweifelhafte Stelle.</translation>
  </message>
  <message>
   <source>Pick a person first.</source>
   <translation>Zuerst eine Person auswählen.</translation>
  </message>
  <message>
   <source>Select a segment first.</source>
   <translation>Wählen Sie zuerst ein Segment.</translation>
  </message>
  <message>
   <source>Shall the generator learn the mouth of {name}?</source>
   <translation>Soll der Generator den Mund von {name} lernen?</translation>
  </message>
  <message>
   <source>There is no dub at this place.</source>
   <translation>An dieser Stelle gibt es keine Synchronstimme.</translation>
  </message>
  <message>
   <source>There is no other take to compare with; generate one.</source>
   <translation>Es gibt keinen anderen Take zum Vergleichen; einen erzeugen.</translation>
  </message>
 </context>
 <context>
  <name>SegmentLook</name>
  <message>
   <source>Being generated</source>
   <translation>Wird erzeugt</translation>
  </message>
  <message>
   <source>Failed</source>
   <translation>Fehlgeschlagen</translation>
  </message>
  <message>
   <source>Generated</source>
   <translation>Erzeugt</translation>
  </message>
  <message>
   <source>Keeps the original lips</source>
   <translation>Behält die Originallippen</translation>
  </message>
  <message>
   <source>Muted: not heard, lips unchanged</source>
   <translation>Stumm: nicht zu hören, Lippen unverändert</translation>
  </message>
  <message>
   <source>Not generated yet — press G</source>
   <translation>Noch nicht erzeugt – drücken Sie G</translation>
  </message>
  <message>
   <source>Partly generated — press G to go on</source>
   <translation>Teilweise erzeugt – weiter mit G</translation>
  </message>
  <message>
   <source>Paused</source>
   <translation>Angehalten</translation>
  </message>
  <message>
   <source>Waiting to be generated</source>
   <translation>Wartet auf das Erzeugen</translation>
  </message>
  <message>
   <source>acceptable</source>
   <translation>annehmbar</translation>
  </message>
  <message>
   <source>fits well</source>
   <translation>passt gut</translation>
  </message>
  <message>
   <source>not known (silence, no face, or in profile)</source>
   <translation>nicht bekannt (Stille, kein Gesicht oder Profil)</translation>
  </message>
  <message>
   <source>weak: the lips do not follow the voice</source>
   <translation>schwach: die Lippen folgen der Stimme nicht</translation>
  </message>
 </context>
 <context>
  <name>SettingRows</name>
  <message>
   <source>Set {name}</source>
   <translation>{name} einstellen</translation>
  </message>
 </context>
 <context>
  <name>Sharing</name>
  <message>
   <source>Use for all segments of the person</source>
   <translation>Für alle Segmente der Person verwenden</translation>
  </message>
  <message>
   <source>Use for all segments of the project, new ones too</source>
   <translation>Für alle Segmente des Projekts verwenden, auch für neue</translation>
  </message>
  <message>
   <source>Use for all segments of {name}, new ones too</source>
   <translation>Für alle Segmente von {name} verwenden, auch für neue</translation>
  </message>
  <message>
   <source>Use these settings for all segments of the person or of the project</source>
   <translation>Diese Einstellungen für alle Segmente der Person oder des Projekts verwenden</translation>
  </message>
 </context>
 <context>
  <name>ShortcutsDialog</name>
  <message>
   <source> and </source>
   <translation> und </translation>
  </message>
  <message>
   <source>Action</source>
   <translation>Aktion</translation>
  </message>
  <message>
   <source>All defaults</source>
   <translation>Alle Vorgaben</translation>
  </message>
  <message>
   <source>Default</source>
   <translation>Vorgabe</translation>
  </message>
  <message>
   <source>Keys</source>
   <translation>Tasten</translation>
  </message>
  <message>
   <source>New key</source>
   <translation>Neue Taste</translation>
  </message>
  <message>
   <source>Search by name or key</source>
   <translation>Nach Name oder Taste suchen</translation>
  </message>
  <message>
   <source>Shortcuts</source>
   <translation>Tastenkürzel</translation>
  </message>
  <message>
   <source>{key} is used by {names}.</source>
   <translation>{key} gehört schon zu {names}.</translation>
  </message>
 </context>
 <context>
  <name>SoundRows</name>
  <message>
   <source>Set {name}</source>
   <translation>{name} einstellen</translation>
  </message>
 </context>
 <context>
  <name>SpotList</name>
  <message>
   <source>Lips and voice of {name} fit badly here.</source>
   <translation>Lippen und Stimme von {name} passen hier schlecht.</translation>
  </message>
  <message>
   <source>Nobody yet</source>
   <translation>Noch niemand</translation>
  </message>
  <message>
   <source>The picture may not pass for real here: look at it.</source>
   <translation>Das Bild wirkt hier vielleicht nicht echt: Sehen Sie es an.</translation>
  </message>
  <message>
   <source>Weak stretches</source>
   <translation>Schwache Stellen</translation>
  </message>
  <message>
   <source>look</source>
   <translation>ansehen</translation>
  </message>
 </context>
 <context>
  <name>StatusLine</name>
  <message>
   <source>Device: checking…</source>
   <translation>Gerät: wird geprüft …</translation>
  </message>
  <message>
   <source>Device: not checked yet</source>
   <translation>Gerät: noch nicht geprüft</translation>
  </message>
  <message>
   <source>Device: {name}</source>
   <translation>Gerät: {name}</translation>
  </message>
  <message>
   <source>Dropped: {dropped} of {all}</source>
   <translation>Ausgelassen: {dropped} von {all}</translation>
  </message>
  <message>
   <source>Memory: {used} GB</source>
   <translation>Speicher: {used} GB</translation>
  </message>
  <message>
   <source>Pictures of the last run that came too late and were left out; sound goes on, and an export has them all.</source>
   <translation>Bilder des letzten Abspielens, die zu spät kamen und ausgelassen wurden; der Ton läuft weiter, und ein Export enthält sie alle.</translation>
  </message>
  <message>
   <source>Processor</source>
   <translation>Prozessor</translation>
  </message>
  <message>
   <source>Where lips are computed; checked by computing something there.</source>
   <translation>Wo die Lippen berechnet werden; geprüft, indem dort etwas berechnet wurde.</translation>
  </message>
  <message>
   <source>Window and engine together; {free} of {total} GB are free on this machine.</source>
   <translation>Fenster und Rechenprozess zusammen; {free} von {total} GB sind auf diesem Rechner frei.</translation>
  </message>
 </context>
 <context>
  <name>SyncGraph</name>
  <message>
   <source>Film with the dub</source>
   <translation>Film mit neuer Stimme</translation>
  </message>
  <message>
   <source>Film, own voice</source>
   <translation>Film, eigene Stimme</translation>
  </message>
  <message>
   <source>Here you will see how well the lips fit the voice, moment by moment.</source>
   <translation>Hier sehen Sie Augenblick für Augenblick, wie gut die Lippen zur Stimme passen.</translation>
  </message>
  <message>
   <source>List the weak and doubtful stretches beside the graph</source>
   <translation>Schwache und zweifelhafte Stellen neben der Kurve auflisten</translation>
  </message>
  <message>
   <source>Mark a range</source>
   <translation>Bereich markieren</translation>
  </message>
  <message>
   <source>Next weak or doubtful stretch</source>
   <translation>Nächste schwache oder zweifelhafte Stelle</translation>
  </message>
  <message>
   <source>Nobody yet</source>
   <translation>Noch niemand</translation>
  </message>
  <message>
   <source>Nothing weak</source>
   <translation>Nichts schwach</translation>
  </message>
  <message>
   <source>Previous weak or doubtful stretch</source>
   <translation>Vorige schwache oder zweifelhafte Stelle</translation>
  </message>
  <message>
   <source>Result</source>
   <translation>Ergebnis</translation>
  </message>
  <message>
   <source>Save the curves as a table…</source>
   <translation>Kurven als Tabelle sichern …</translation>
  </message>
  <message>
   <source>Save the graph as a picture…</source>
   <translation>Kurve als Bild sichern …</translation>
  </message>
  <message>
   <source>Show other takes of the selection</source>
   <translation>Andere Takes der Auswahl zeigen</translation>
  </message>
  <message>
   <source>Show the film with its own voice</source>
   <translation>Film mit eigener Stimme zeigen</translation>
  </message>
  <message>
   <source>Show the film with the dub</source>
   <translation>Film mit der Synchronstimme zeigen</translation>
  </message>
  <message>
   <source>Sync graph</source>
   <translation>Synchronkurve</translation>
  </message>
  <message>
   <source>The picture may not pass for real here: look at it.</source>
   <translation>Das Bild wirkt hier vielleicht nicht echt: bitte ansehen.</translation>
  </message>
  <message>
   <source>Weak: {count}</source>
   <translation>Schwach: {count}</translation>
  </message>
  <message>
   <source>not judged yet</source>
   <translation>noch nicht beurteilt</translation>
  </message>
  <message>
   <source>sound {ms} ms early</source>
   <translation>Ton {ms} ms zu früh</translation>
  </message>
  <message>
   <source>sound {ms} ms late</source>
   <translation>Ton {ms} ms zu spät</translation>
  </message>
  <message>
   <source>{name}: not known here (silence, no face, or in profile)</source>
   <translation>{name}: hier nicht bekannt (Stille, kein Gesicht oder Profil)</translation>
  </message>
  <message>
   <source>{person}, take {number}</source>
   <translation>{person}, Take {number}</translation>
  </message>
 </context>
 <context>
  <name>TakeCard</name>
  <message>
   <source>Click to use it</source>
   <translation>Klicken, um ihn zu verwenden</translation>
  </message>
  <message>
   <source>Compare with what is shown</source>
   <translation>Mit dem Gezeigten vergleichen</translation>
  </message>
  <message>
   <source>Compare with what is shown (A)</source>
   <translation>Mit dem Gezeigten vergleichen (A)</translation>
  </message>
  <message>
   <source>Delete</source>
   <translation>Löschen</translation>
  </message>
  <message>
   <source>Delete this take</source>
   <translation>Diesen Take löschen</translation>
  </message>
  <message>
   <source>Name…</source>
   <translation>Benennen …</translation>
  </message>
  <message>
   <source>Play</source>
   <translation>Abspielen</translation>
  </message>
  <message>
   <source>Play this take</source>
   <translation>Diesen Take abspielen</translation>
  </message>
  <message>
   <source>Use</source>
   <translation>Verwenden</translation>
  </message>
 </context>
 <context>
  <name>TakeWork</name>
  <message>
   <source>Generate</source>
   <translation>Erzeugen</translation>
  </message>
  <message>
   <source>It is kept; its number on the keyboard shows it.</source>
   <translation>Er bleibt erhalten; seine Zifferntaste zeigt ihn.</translation>
  </message>
  <message>
   <source>Lips of {name}, take {number}, {span}</source>
   <translation>Lippen von {name}, Take {number}, {span}</translation>
  </message>
  <message>
   <source>Take {number} fits better and is shown now: {new} instead of {old}.</source>
   <translation>Take {number} passt besser und wird jetzt gezeigt: {new} statt {old}.</translation>
  </message>
  <message>
   <source>Take {number} fits no better: {new}, shown is {old}.</source>
   <translation>Take {number} passt nicht besser: {new}, gezeigt wird {old}.</translation>
  </message>
  <message>
   <source>Take {number} is ready; which one fits better is not known.</source>
   <translation>Take {number} ist fertig; welcher besser passt, ist nicht bekannt.</translation>
  </message>
  <message>
   <source>Use it</source>
   <translation>Verwenden</translation>
  </message>
  <message>
   <source>Use take {number}</source>
   <translation>Take {number} verwenden</translation>
  </message>
 </context>
 <context>
  <name>TakesStrip</name>
  <message>
   <source>Delete take</source>
   <translation>Take löschen</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>Name</translation>
  </message>
  <message>
   <source>Name take</source>
   <translation>Take benennen</translation>
  </message>
  <message>
   <source>Name the take</source>
   <translation>Take benennen</translation>
  </message>
  <message>
   <source>Take {number}</source>
   <translation>Take {number}</translation>
  </message>
  <message>
   <source>lips {fit}</source>
   <translation>Lippen {fit}</translation>
  </message>
  <message>
   <source>no doubtful frame</source>
   <translation>kein zweifelhaftes Bild</translation>
  </message>
  <message>
   <source>not judged yet</source>
   <translation>noch nicht beurteilt</translation>
  </message>
  <message>
   <source>offset {ms} ms</source>
   <translation>Versatz {ms} ms</translation>
  </message>
  <message>
   <source>{count} doubtful frames</source>
   <translation>{count} zweifelhafte Bilder</translation>
  </message>
 </context>
 <context>
  <name>TimecodeEdit</name>
  <message>
   <source>Timecode</source>
   <translation>Timecode</translation>
  </message>
  <message>
   <source>Type a timecode, 210 for 2 s 10 frames, or +12 to move</source>
   <translation>Timecode eingeben, 210 für 2 s 10 Bilder oder +12 zum Springen</translation>
  </message>
 </context>
 <context>
  <name>TimelineBar</name>
  <message>
   <source>Fit everything into the view</source>
   <translation>Alles einpassen</translation>
  </message>
  <message>
   <source>Follow the playhead while playing</source>
   <translation>Beim Abspielen dem Abspielkopf folgen</translation>
  </message>
  <message>
   <source>Razor: click to split</source>
   <translation>Klinge: Klicken teilt</translation>
  </message>
  <message>
   <source>Ripple: trimming moves what follows</source>
   <translation>Nachrücken: Trimmen verschiebt das Folgende</translation>
  </message>
  <message>
   <source>Roll: move the edge two items share</source>
   <translation>Rollen: gemeinsame Kante verschieben</translation>
  </message>
  <message>
   <source>Select and move (Alt slips, Ctrl on an edge ripples, Shift on a shared edge rolls)</source>
   <translation>Wählen und verschieben (Alt verschiebt den Inhalt, Strg an einer Kante rückt nach, Umschalt an gemeinsamer Kante rollt)</translation>
  </message>
  <message>
   <source>Slip: show another part of the medium</source>
   <translation>Inhalt verschieben: einen anderen Teil des Mediums zeigen</translation>
  </message>
  <message>
   <source>Snap to cuts, edges, markers and playhead</source>
   <translation>An Schnitten, Kanten, Markern und Abspielkopf einrasten</translation>
  </message>
  <message>
   <source>Timeline zoom</source>
   <translation>Zoom der Zeitleiste</translation>
  </message>
  <message>
   <source>Zoom (Ctrl + wheel zooms to the pointer)</source>
   <translation>Zoom (Strg + Rad zoomt zum Zeiger)</translation>
  </message>
 </context>
 <context>
  <name>TimelineCanvas</name>
  <message>
   <source>Drop a film here to begin</source>
   <translation>Film hierher ziehen, um zu beginnen</translation>
  </message>
  <message>
   <source>Split</source>
   <translation>Teilen</translation>
  </message>
  <message>
   <source>then drop the new voice here</source>
   <translation>dann die neue Stimme hierher ziehen</translation>
  </message>
 </context>
 <context>
  <name>TimelineCommands</name>
  <message>
   <source>Add marker</source>
   <translation>Marker setzen</translation>
  </message>
  <message>
   <source>Clear in and out</source>
   <translation>In und Out entfernen</translation>
  </message>
  <message>
   <source>Cut</source>
   <translation>Ausschneiden</translation>
  </message>
  <message>
   <source>Delete</source>
   <translation>Löschen</translation>
  </message>
  <message>
   <source>Delete and close the gap</source>
   <translation>Löschen und Lücke schließen</translation>
  </message>
  <message>
   <source>Nudge</source>
   <translation>Schubsen</translation>
  </message>
  <message>
   <source>Paste</source>
   <translation>Einfügen</translation>
  </message>
  <message>
   <source>Set in</source>
   <translation>In-Punkt setzen</translation>
  </message>
  <message>
   <source>Set out</source>
   <translation>Out-Punkt setzen</translation>
  </message>
  <message>
   <source>Split</source>
   <translation>Teilen</translation>
  </message>
 </context>
 <context>
  <name>TimelineMenu</name>
  <message>
   <source>Add marker here</source>
   <translation>Hier Marker setzen</translation>
  </message>
  <message>
   <source>As loud as elsewhere</source>
   <translation>So laut wie sonst</translation>
  </message>
  <message>
   <source>Assign person</source>
   <translation>Person zuweisen</translation>
  </message>
  <message>
   <source>Background (music and effects)</source>
   <translation>Hintergrund (Musik und Geräusche)</translation>
  </message>
  <message>
   <source>Best of several takes</source>
   <translation>Bester von mehreren Takes</translation>
  </message>
  <message>
   <source>Blue</source>
   <translation>Blau</translation>
  </message>
  <message>
   <source>Choose take</source>
   <translation>Take wählen</translation>
  </message>
  <message>
   <source>Clear in and out</source>
   <translation>In und Out entfernen</translation>
  </message>
  <message>
   <source>Colour</source>
   <translation>Farbe</translation>
  </message>
  <message>
   <source>Colour marker</source>
   <translation>Marker färben</translation>
  </message>
  <message>
   <source>Copy</source>
   <translation>Kopieren</translation>
  </message>
  <message>
   <source>Cut</source>
   <translation>Ausschneiden</translation>
  </message>
  <message>
   <source>Decibels:</source>
   <translation>Dezibel:</translation>
  </message>
  <message>
   <source>Delete</source>
   <translation>Löschen</translation>
  </message>
  <message>
   <source>Delete and close the gap</source>
   <translation>Löschen und Lücke schließen</translation>
  </message>
  <message>
   <source>Delete marker</source>
   <translation>Marker löschen</translation>
  </message>
  <message>
   <source>Film's sound under the dub</source>
   <translation>Filmton unter der Stimme</translation>
  </message>
  <message>
   <source>Fit everything</source>
   <translation>Alles einpassen</translation>
  </message>
  <message>
   <source>Fit the lanes into the view</source>
   <translation>Spuren in die Ansicht einpassen</translation>
  </message>
  <message>
   <source>Gain of {lane}</source>
   <translation>Pegel von {lane}</translation>
  </message>
  <message>
   <source>Gain…</source>
   <translation>Pegel …</translation>
  </message>
  <message>
   <source>Generate</source>
   <translation>Erzeugen</translation>
  </message>
  <message>
   <source>Green</source>
   <translation>Grün</translation>
  </message>
  <message>
   <source>Grey</source>
   <translation>Grau</translation>
  </message>
  <message>
   <source>Higher lanes</source>
   <translation>Höhere Spuren</translation>
  </message>
  <message>
   <source>Keep original lips</source>
   <translation>Originallippen behalten</translation>
  </message>
  <message>
   <source>Linear from here</source>
   <translation>Ab hier linear</translation>
  </message>
  <message>
   <source>Lower lanes</source>
   <translation>Niedrigere Spuren</translation>
  </message>
  <message>
   <source>Lowered by {gain} dB</source>
   <translation>Um {gain} dB leiser</translation>
  </message>
  <message>
   <source>Marker</source>
   <translation>Marker</translation>
  </message>
  <message>
   <source>Marker note</source>
   <translation>Notiz zum Marker</translation>
  </message>
  <message>
   <source>Mute lane</source>
   <translation>Spur stumm</translation>
  </message>
  <message>
   <source>Muted</source>
   <translation>Stumm</translation>
  </message>
  <message>
   <source>Nobody yet</source>
   <translation>Noch niemand</translation>
  </message>
  <message>
   <source>Not heard</source>
   <translation>Nicht zu hören</translation>
  </message>
  <message>
   <source>Note:</source>
   <translation>Notiz:</translation>
  </message>
  <message>
   <source>Note…</source>
   <translation>Notiz …</translation>
  </message>
  <message>
   <source>Orange</source>
   <translation>Orange</translation>
  </message>
  <message>
   <source>Paste here</source>
   <translation>Hier einfügen</translation>
  </message>
  <message>
   <source>Purple</source>
   <translation>Violett</translation>
  </message>
  <message>
   <source>Red</source>
   <translation>Rot</translation>
  </message>
  <message>
   <source>Regenerate range…</source>
   <translation>Bereich neu erzeugen …</translation>
  </message>
  <message>
   <source>Remove keyframes</source>
   <translation>Keyframes entfernen</translation>
  </message>
  <message>
   <source>Remove this take</source>
   <translation>Diesen Take entfernen</translation>
  </message>
  <message>
   <source>Select all</source>
   <translation>Alles wählen</translation>
  </message>
  <message>
   <source>Select everything on this lane</source>
   <translation>Alles auf dieser Spur wählen</translation>
  </message>
  <message>
   <source>Set gain</source>
   <translation>Pegel setzen</translation>
  </message>
  <message>
   <source>Set in</source>
   <translation>In-Punkt setzen</translation>
  </message>
  <message>
   <source>Set in here</source>
   <translation>In-Punkt hier</translation>
  </message>
  <message>
   <source>Set out</source>
   <translation>Out-Punkt setzen</translation>
  </message>
  <message>
   <source>Set out here</source>
   <translation>Out-Punkt hier</translation>
  </message>
  <message>
   <source>Smooth from here</source>
   <translation>Ab hier weich</translation>
  </message>
  <message>
   <source>Solo lane</source>
   <translation>Spur solo</translation>
  </message>
  <message>
   <source>Split at playhead</source>
   <translation>Am Abspielkopf teilen</translation>
  </message>
  <message>
   <source>Spoken by</source>
   <translation>Gesprochen von</translation>
  </message>
  <message>
   <source>Take</source>
   <translation>Take</translation>
  </message>
  <message>
   <source>Under the dub</source>
   <translation>Unter der Stimme</translation>
  </message>
  <message>
   <source>Yellow</source>
   <translation>Gelb</translation>
  </message>
  <message>
   <source>Zoom to selection</source>
   <translation>Auf die Auswahl zoomen</translation>
  </message>
  <message>
   <source>not scored</source>
   <translation>nicht beurteilt</translation>
  </message>
 </context>
 <context>
  <name>TimelineRuler</name>
  <message>
   <source>Move in mark</source>
   <translation>In-Punkt verschieben</translation>
  </message>
  <message>
   <source>Move marker</source>
   <translation>Marker verschieben</translation>
  </message>
  <message>
   <source>Move out mark</source>
   <translation>Out-Punkt verschieben</translation>
  </message>
 </context>
 <context>
  <name>TimelineTooltip</name>
  <message>
   <source>(variable)</source>
   <translation>(variabel)</translation>
  </message>
  <message>
   <source>From {start} to {end} of the file</source>
   <translation>Von {start} bis {end} der Datei</translation>
  </message>
  <message>
   <source>Lip sync {score}: {words}</source>
   <translation>Lippen {score}: {words}</translation>
  </message>
  <message>
   <source>The file is missing: relink it in the media bin.</source>
   <translation>Die Datei fehlt: in der Medienliste neu verknüpfen.</translation>
  </message>
  <message>
   <source>shown by time on a {rate} fps timeline</source>
   <translation>nach Zeit gezeigt auf einer Zeitleiste mit {rate} fps</translation>
  </message>
 </context>
 <context>
  <name>TimelineView</name>
  <message>
   <source>Add to timeline</source>
   <translation>Zur Zeitleiste hinzufügen</translation>
  </message>
  <message>
   <source>Timeline</source>
   <translation>Zeitleiste</translation>
  </message>
 </context>
 <context>
  <name>ToolBar</name>
  <message>
   <source>Tools</source>
   <translation>Werkzeuge</translation>
  </message>
  <message>
   <source>read-only</source>
   <translation>schreibgeschützt</translation>
  </message>
 </context>
 <context>
  <name>ToolStrip</name>
  <message>
   <source>Draw or move a face’s box and track from here</source>
   <translation>Gesichtsrahmen ziehen oder verschieben und ab hier verfolgen</translation>
  </message>
  <message>
   <source>Look, pick faces and zoom</source>
   <translation>Ansehen, Gesichter wählen, zoomen</translation>
  </message>
  <message>
   <source>Paint what shall be new</source>
   <translation>Malen, was neu werden soll</translation>
  </message>
  <message>
   <source>Paint what shall stay as filmed</source>
   <translation>Malen, was gefilmt bleiben soll</translation>
  </message>
  <message>
   <source>Pin the mouth: shut or open on this frame</source>
   <translation>Mund festlegen: auf diesem Bild geschlossen oder offen</translation>
  </message>
  <message>
   <source>Place a mouth by four points, or correct it</source>
   <translation>Einen Mund mit vier Punkten setzen oder berichtigen</translation>
  </message>
  <message>
   <source>Wipe away what was painted</source>
   <translation>Gemaltes wegwischen</translation>
  </message>
 </context>
 <context>
  <name>TransportBar</name>
  <message>
   <source>Difference</source>
   <translation>Differenz</translation>
  </message>
  <message>
   <source>Dub</source>
   <translation>Stimme</translation>
  </message>
  <message>
   <source>Fit</source>
   <translation>Ganzes Bild</translation>
  </message>
  <message>
   <source>Length of the timeline</source>
   <translation>Länge der Zeitleiste</translation>
  </message>
  <message>
   <source>Loop between in and out</source>
   <translation>Zwischen In und Out wiederholen</translation>
  </message>
  <message>
   <source>Mask</source>
   <translation>Maske</translation>
  </message>
  <message>
   <source>One frame back</source>
   <translation>Ein Bild zurück</translation>
  </message>
  <message>
   <source>One frame on</source>
   <translation>Ein Bild vor</translation>
  </message>
  <message>
   <source>Original</source>
   <translation>Original</translation>
  </message>
  <message>
   <source>Overlays</source>
   <translation>Einblendungen</translation>
  </message>
  <message>
   <source>Play or stop; J and L play faster and backwards</source>
   <translation>Abspielen oder anhalten; J und L spielen schneller und rückwärts</translation>
  </message>
  <message>
   <source>Result</source>
   <translation>Ergebnis</translation>
  </message>
  <message>
   <source>Side by side</source>
   <translation>Nebeneinander</translation>
  </message>
  <message>
   <source>Source</source>
   <translation>Quelle</translation>
  </message>
  <message>
   <source>Split wipe</source>
   <translation>Geteilt</translation>
  </message>
  <message>
   <source>To the end</source>
   <translation>Zum Ende</translation>
  </message>
  <message>
   <source>To the start</source>
   <translation>Zum Anfang</translation>
  </message>
  <message>
   <source>Volume</source>
   <translation>Lautstärke</translation>
  </message>
  <message>
   <source>What the viewer shows (B switches between before and after)</source>
   <translation>Was gezeigt wird (B wechselt zwischen vorher und nachher)</translation>
  </message>
  <message>
   <source>Which sound is heard: the dub, or the film's own</source>
   <translation>Welcher Ton zu hören ist: die neue Stimme oder der des Films</translation>
  </message>
  <message>
   <source>Zoom of the picture (wheel; Z goes to the mouth)</source>
   <translation>Zoom des Bildes (Rad; Z geht zum Mund)</translation>
  </message>
 </context>
 <context>
  <name>UpdateCommands</name>
  <message>
   <source>Ask</source>
   <translation>Fragen</translation>
  </message>
  <message>
   <source>Ask {address} for the number of the newest version?</source>
   <translation>{address} nach der Nummer der neuesten Version fragen?</translation>
  </message>
  <message>
   <source>Look for a newer version</source>
   <translation>Nach einer neueren Version sehen</translation>
  </message>
  <message>
   <source>Open its page</source>
   <translation>Ihre Seite öffnen</translation>
  </message>
  <message>
   <source>This copy was not told where newer ones are announced: ask whoever gave it to you.</source>
   <translation>Dieser Kopie wurde nicht gesagt, wo neuere angekündigt werden: Fragen Sie, von wem Sie sie haben.</translation>
  </message>
  <message>
   <source>This is version {version}.</source>
   <translation>Dies ist Version {version}.</translation>
  </message>
  <message>
   <source>Version {version} is there; you have {own}.</source>
   <translation>Version {version} ist da; Sie haben {own}.</translation>
  </message>
  <message>
   <source>You have the newest version, {version}.</source>
   <translation>Sie haben die neueste Version, {version}.</translation>
  </message>
  <message>
   <source>You have version {version}. Nothing is sent but the request itself, and nothing is installed; the program asks only when you say so here.</source>
   <translation>Sie haben Version {version}. Gesendet wird nur die Anfrage selbst, und nichts wird installiert; das Programm fragt nur, wenn Sie es hier sagen.</translation>
  </message>
 </context>
 <context>
  <name>Viewer</name>
  <message>
   <source>100 %</source>
   <translation>100 %</translation>
  </message>
  <message>
   <source>Face boxes and names</source>
   <translation>Gesichtsrahmen und Namen</translation>
  </message>
  <message>
   <source>Fit</source>
   <translation>Ganzes Bild</translation>
  </message>
  <message>
   <source>Histogram</source>
   <translation>Histogramm</translation>
  </message>
  <message>
   <source>Person {n}</source>
   <translation>Person {n}</translation>
  </message>
  <message>
   <source>Safe areas</source>
   <translation>Sichere Bereiche</translation>
  </message>
  <message>
   <source>Viewer</source>
   <translation>Bild</translation>
  </message>
 </context>
 <context>
  <name>ViewerCanvas</name>
  <message>
   <source>Difference ×4</source>
   <translation>Differenz ×4</translation>
  </message>
  <message>
   <source>Drop a film here or on the timeline to begin</source>
   <translation>Ziehen Sie einen Film hierher oder auf die Zeitleiste</translation>
  </message>
  <message>
   <source>HDR → SDR</source>
   <translation>HDR → SDR</translation>
  </message>
  <message>
   <source>Mask</source>
   <translation>Maske</translation>
  </message>
  <message>
   <source>Not generated: source</source>
   <translation>Nicht erzeugt: Quelle</translation>
  </message>
  <message>
   <source>Picture</source>
   <translation>Bild</translation>
  </message>
  <message>
   <source>Proxy</source>
   <translation>Proxy</translation>
  </message>
  <message>
   <source>Result</source>
   <translation>Ergebnis</translation>
  </message>
  <message>
   <source>Seeking…</source>
   <translation>Suche …</translation>
  </message>
  <message>
   <source>Source</source>
   <translation>Quelle</translation>
  </message>
  <message>
   <source>Take {number}</source>
   <translation>Take {number}</translation>
  </message>
 </context>
 <context>
  <name>ViewerTools</name>
  <message>
   <source>Click the corner at the right.</source>
   <translation>Auf den rechten Mundwinkel klicken.</translation>
  </message>
  <message>
   <source>Click the lower edge of the lower lip, in its middle.</source>
   <translation>Auf die untere Kante der Unterlippe klicken, in ihrer Mitte.</translation>
  </message>
  <message>
   <source>Click the mouth’s corner at the left of the picture, or drag a point of a placed mouth.</source>
   <translation>Auf den Mundwinkel links im Bild klicken, oder einen Punkt eines gesetzten Mundes ziehen.</translation>
  </message>
  <message>
   <source>Click the upper edge of the upper lip, in its middle.</source>
   <translation>Auf die obere Kante der Oberlippe klicken, in ihrer Mitte.</translation>
  </message>
  <message>
   <source>Drag a box around a face: it becomes a new person, tracked from here.</source>
   <translation>Einen Rahmen um ein Gesicht ziehen: Es wird eine neue Person, ab hier verfolgt.</translation>
  </message>
  <message>
   <source>Drag a box around {name}’s face, or move the one that is there: tracked from here.</source>
   <translation>Einen Rahmen um das Gesicht von {name} ziehen, oder den vorhandenen verschieben: ab hier verfolgt.</translation>
  </message>
  <message>
   <source>Drag the lower lip: up is shut, down is open. It holds on this frame, in the next take.</source>
   <translation>Ziehen Sie die Unterlippe: oben ist geschlossen, unten offen. Es gilt auf diesem Bild, im nächsten Take.</translation>
  </message>
  <message>
   <source>Erase strokes</source>
   <translation>Striche wegwischen</translation>
  </message>
  <message>
   <source>Go to a segment, or select one, to paint on its face.</source>
   <translation>Zu einem Segment gehen oder eines wählen, um auf seinem Gesicht zu malen.</translation>
  </message>
  <message>
   <source>Go to a segment, or select one, to pin its mouth.</source>
   <translation>Gehen Sie zu einem Segment oder wählen Sie eines, um seinen Mund festzulegen.</translation>
  </message>
  <message>
   <source>Harder strokes</source>
   <translation>Härtere Striche</translation>
  </message>
  <message>
   <source>Holds for the marked range.</source>
   <translation>Gilt im markierten Bereich.</translation>
  </message>
  <message>
   <source>Holds for the whole segment.</source>
   <translation>Gilt im ganzen Segment.</translation>
  </message>
  <message>
   <source>Mouth shut here</source>
   <translation>Mund hier geschlossen</translation>
  </message>
  <message>
   <source>Mouth wide open here</source>
   <translation>Mund hier weit offen</translation>
  </message>
  <message>
   <source>Paint in</source>
   <translation>Hineinmalen</translation>
  </message>
  <message>
   <source>Paint out</source>
   <translation>Herausmalen</translation>
  </message>
  <message>
   <source>Paint what shall be new.</source>
   <translation>Malen, was neu werden soll.</translation>
  </message>
  <message>
   <source>Paint what shall stay as filmed.</source>
   <translation>Malen, was gefilmt bleiben soll.</translation>
  </message>
  <message>
   <source>Pin the mouth</source>
   <translation>Mund festlegen</translation>
  </message>
  <message>
   <source>Place face</source>
   <translation>Gesicht setzen</translation>
  </message>
  <message>
   <source>Place mouth</source>
   <translation>Mund setzen</translation>
  </message>
  <message>
   <source>Remove all strokes of the segment</source>
   <translation>Alle Striche des Segments entfernen</translation>
  </message>
  <message>
   <source>Remove the pin here</source>
   <translation>Festlegung hier entfernen</translation>
  </message>
  <message>
   <source>Remove this stroke</source>
   <translation>Diesen Strich entfernen</translation>
  </message>
  <message>
   <source>Softer strokes</source>
   <translation>Weichere Striche</translation>
  </message>
  <message>
   <source>Take back all that was placed of {name}</source>
   <translation>Alles Gesetzte von {name} zurücknehmen</translation>
  </message>
  <message>
   <source>Take back what was placed of {name} on this frame</source>
   <translation>Auf diesem Bild Gesetztes von {name} zurücknehmen</translation>
  </message>
  <message>
   <source>Wipe away what was painted.</source>
   <translation>Gemaltes wegwischen.</translation>
  </message>
  <message>
   <source>[ and ]: size, Shift with them: softness.</source>
   <translation>[ und ]: Größe, mit Umschalt: Weichheit.</translation>
  </message>
 </context>
 <context>
  <name>WelcomePage</name>
  <message>
   <source>Choose files</source>
   <translation>Dateien wählen</translation>
  </message>
  <message>
   <source>Drop a film here</source>
   <translation>Film hierher ziehen</translation>
  </message>
  <message>
   <source>Drop the dub: segments are proposed</source>
   <translation>Stimme hineinziehen: Segmente werden vorgeschlagen</translation>
  </message>
  <message>
   <source>Drop the film</source>
   <translation>Film hineinziehen</translation>
  </message>
  <message>
   <source>Fit lips to a new voice</source>
   <translation>Lippen an eine neue Stimme anpassen</translation>
  </message>
  <message>
   <source>It plays at once; shots and faces are found in the background.</source>
   <translation>Er läuft sofort; Einstellungen und Gesichter werden im Hintergrund gesucht.</translation>
  </message>
  <message>
   <source>Open project</source>
   <translation>Projekt öffnen</translation>
  </message>
  <message>
   <source>Press G: the lips are made</source>
   <translation>G drücken: die Lippen entstehen</translation>
  </message>
  <message>
   <source>Recent</source>
   <translation>Zuletzt</translation>
  </message>
  <message>
   <source>Try the sample</source>
   <translation>Beispiel ansehen</translation>
  </message>
 </context>
 <context>
  <name>WordsCommands</name>
  <message>
   <source>A machine heard them: read them through.</source>
   <translation>Eine Maschine hat sie gehört: Lesen Sie sie durch.</translation>
  </message>
  <message>
   <source>Drop a sound file on the timeline first.</source>
   <translation>Ziehen Sie zuerst eine Tondatei auf die Zeitleiste.</translation>
  </message>
  <message>
   <source>Find the lines</source>
   <translation>Zeilen finden</translation>
  </message>
  <message>
   <source>Find them in the dub instead, or delete them first.</source>
   <translation>Lassen Sie sie in der Stimme finden, oder löschen Sie sie zuerst.</translation>
  </message>
  <message>
   <source>Here the dub says “{text}”.</source>
   <translation>Hier sagt die Stimme „{text}“.</translation>
  </message>
  <message>
   <source>Nobody speaks in the dub.</source>
   <translation>Niemand spricht.</translation>
  </message>
  <message>
   <source>The project has lines already.</source>
   <translation>Das Projekt hat schon Zeilen.</translation>
  </message>
  <message>
   <source>There is no dub whose words could be read.</source>
   <translation>Es gibt keine Synchronstimme, deren Wörter gelesen werden könnten.</translation>
  </message>
  <message>
   <source>There is no line without times.</source>
   <translation>Es gibt keine Zeile ohne Zeiten.</translation>
  </message>
  <message>
   <source>Write down the dub</source>
   <translation>Stimme aufschreiben</translation>
  </message>
  <message>
   <source>{count} lines found in the dub, {missing} not.</source>
   <translation>{count} Zeilen in der Stimme gefunden, {missing} nicht.</translation>
  </message>
  <message>
   <source>{count} lines written down; the dub speaks {language}.</source>
   <translation>{count} Zeilen aufgeschrieben; die Sprache ist {language}.</translation>
  </message>
 </context>
 <context>
  <name>WordsWork</name>
  <message>
   <source>Write down {name}</source>
   <translation>{name} aufschreiben</translation>
  </message>
 </context>
 <context>
  <name>Workshop</name>
  <message>
   <source>It plays and cuts as any film; lips cannot be made for it.</source>
   <translation>Er lässt sich abspielen und schneiden; Lippen lassen sich dafür nicht erzeugen.</translation>
  </message>
  <message>
   <source>Move, trim or reassign them, then press G.</source>
   <translation>Verschieben, trimmen oder neu zuweisen, dann G drücken.</translation>
  </message>
  <message>
   <source>No face was found in {name}.</source>
   <translation>In {name} wurde kein Gesicht gefunden.</translation>
  </message>
  <message>
   <source>No segments to propose.</source>
   <translation>Keine Segmente vorzuschlagen.</translation>
  </message>
  <message>
   <source>Nobody is to be seen where the dub speaks. Mark a range and press Ctrl+Enter to make one.</source>
   <translation>Wo die Stimme spricht, ist niemand zu sehen. Markieren Sie einen Bereich und drücken Sie Strg+Eingabe.</translation>
  </message>
  <message>
   <source>One segment proposed.</source>
   <translation>Ein Segment vorgeschlagen.</translation>
  </message>
  <message>
   <source>Propose segments</source>
   <translation>Segmente vorschlagen</translation>
  </message>
  <message>
   <source>Segments are proposed as soon as the faces are known.</source>
   <translation>Segmente werden vorgeschlagen, sobald die Gesichter bekannt sind.</translation>
  </message>
  <message>
   <source>{count} segments proposed.</source>
   <translation>{count} Segmente vorgeschlagen.</translation>
  </message>
 </context>
 <context>
  <name>Workspaces</name>
  <message>
   <source>As at first</source>
   <translation>Wie am Anfang</translation>
  </message>
  <message>
   <source>Cutting</source>
   <translation>Schneiden</translation>
  </message>
  <message>
   <source>Dubbing</source>
   <translation>Synchronisieren</translation>
  </message>
  <message>
   <source>Forget</source>
   <translation>Vergessen</translation>
  </message>
  <message>
   <source>Keep this one…</source>
   <translation>Diesen behalten …</translation>
  </message>
  <message>
   <source>Keep workspace</source>
   <translation>Arbeitsbereich behalten</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>Name</translation>
  </message>
  <message>
   <source>Review</source>
   <translation>Begutachten</translation>
  </message>
  <message>
   <source>Workspaces</source>
   <translation>Arbeitsbereiche</translation>
  </message>
 </context>
 <context>
  <name>_Card</name>
  <message>
   <source>Close</source>
   <translation>Schließen</translation>
  </message>
 </context>
</TS>
