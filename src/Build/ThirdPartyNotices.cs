using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Xml.Linq;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Writes who made what a program brings along, and under which licence: for every package that a file of the output comes from, its own
/// words (nuspec), the licence files that are in it, and where it only names a licence, that licence's text.
/// </summary>
public class ThirdPartyNotices : Microsoft.Build.Utilities.Task
{
    private static readonly string[] Texts = { "LICENSE", "LICENCE", "NOTICE", "THIRD-PARTY-NOTICES", "THIRDPARTYNOTICES", "COPYING" };

    private readonly Dictionary<string, string> _placeOf = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Names of packages, with the metadata Version.</summary>
    [Required] public ITaskItem[] Packages { get; set; }

    /// <summary>Directories that packages are in, as ID/VERSION.</summary>
    [Required] public string[] Roots { get; set; }

    /// <summary>Directory with the texts of licences that packages only name, each as its SPDX identifier and .txt.</summary>
    [Required] public string Licences { get; set; }

    /// <summary>What this build changes of them, in a sentence each.</summary>
    public string[] Changes { get; set; }

    [Required] public string Destination { get; set; }

    public override bool Execute()
    {
        var text = new StringBuilder();
        text.AppendLine("Parts of this program were made by others. Each stands here with its licence.");
        foreach (var change in Changes ?? new string[0]) text.AppendLine().AppendLine(change);
        var named = new SortedSet<string>(StringComparer.Ordinal);
        var packages = Packages.Select(p => (Id: p.ItemSpec, Version: p.GetMetadata("Version"))).Distinct()
            .OrderBy(p => p.Id, StringComparer.OrdinalIgnoreCase).ToList();
        foreach (var (id, version) in packages)
        {
            var root = Roots.SelectMany(r => new[] { Path.Combine(r, id.ToLowerInvariant(), version.ToLowerInvariant()), Path.Combine(r, id, version) })
                .FirstOrDefault(Directory.Exists);
            if (root == null)
            {
                Log.LogError("Writing {0}: package {1} {2} is in none of {3}, so its licence is not known.", Destination, id, version, string.Join(", ", Roots));
                return false;
            }
            if (!Describe(text, named, root, id, version)) return false;
        }
        foreach (var licence in named)
        {
            Title(text, "Licence " + licence);
            text.AppendLine(File.ReadAllText(Path.Combine(Licences, licence + ".txt")).Trim());
        }
        var written = text.ToString();
        if (File.Exists(Destination) && File.ReadAllText(Destination) == written) return true;
        Directory.CreateDirectory(Path.GetDirectoryName(Destination));
        var temporary = Destination + "." + System.Diagnostics.Process.GetCurrentProcess().Id + ".tmp";
        File.WriteAllText(temporary, written);
        if (File.Exists(Destination)) File.Delete(Destination);
        File.Move(temporary, Destination);
        return true;
    }

    private bool Describe(StringBuilder text, ISet<string> named, string root, string id, string version)
    {
        Title(text, id + " " + version);
        var metadata = Directory.GetFiles(root, "*.nuspec").Select(f => XDocument.Load(f).Root.Elements().First()).FirstOrDefault();
        Func<string, string> value = name => metadata == null ? null : metadata.Elements().Where(e => e.Name.LocalName == name).Select(e => e.Value.Trim()).FirstOrDefault();
        var licence = metadata == null ? null : metadata.Elements().FirstOrDefault(e => e.Name.LocalName == "license");
        var expression = licence != null && (string)licence.Attribute("type") == "expression" ? licence.Value.Trim() : licence == null ? Said(id) : null;
        foreach (var line in new[] { value("authors"), value("copyright"), value("projectUrl"), expression == null ? null : "Licence: " + expression })
            if (!string.IsNullOrEmpty(line)) text.AppendLine(line);
        var files = Directory.GetFiles(root).Where(f => Texts.Any(t => Path.GetFileName(f).StartsWith(t, StringComparison.OrdinalIgnoreCase))).ToList();
        if (licence != null && expression == null) files.Add(Path.Combine(root, licence.Value.Trim().Replace('\\', '/')));
        foreach (var file in files.Distinct().OrderBy(f => f, StringComparer.Ordinal))
        {
            // Packages of one project carry the same text, and rich text ends in a zero.
            var content = File.ReadAllText(file).Replace("\r\n", "\n").Replace("\0", "").Trim();
            var isNew = !_placeOf.TryGetValue(content, out var place);
            if (isNew) _placeOf[content] = id + " " + version;
            text.AppendLine().AppendLine("-- " + Path.GetFileName(file) + (isNew ? "" : ": word for word that of " + place)).Append(isNew ? content + "\n" : "");
        }
        if (expression != null && !files.Any(IsLicence))
        {
            // Of several the receiver may choose.
            var chosen = expression.Split(new[] { " OR " }, StringSplitOptions.None).FirstOrDefault(l => File.Exists(Path.Combine(Licences, l + ".txt")));
            if (chosen == null)
            {
                Log.LogError("Writing {0}: package {1} {2} is under '{3}', whose text is not in {4}. Add it there.", Destination, id, version, expression, Licences);
                return false;
            }
            named.Add(chosen);
        }
        else if (files.Count == 0)
        {
            Log.LogError("Writing {0}: package {1} {2} neither names its licence nor has it as a file. Say in {3}/packages.txt what it is.", Destination, id, version, Licences);
            return false;
        }
        return true;
    }

    private static bool IsLicence(string file) =>
        new[] { "LICEN", "COPYING" }.Any(t => Path.GetFileName(file).StartsWith(t, StringComparison.OrdinalIgnoreCase));

    /// <summary>Of packages that give no more than an address.</summary>
    private string Said(string id) => File.ReadLines(Path.Combine(Licences, "packages.txt"))
        .Select(l => l.Split(' ')).Where(l => l[0].Equals(id, StringComparison.OrdinalIgnoreCase)).Select(l => l[1]).FirstOrDefault();

    private static void Title(StringBuilder text, string title) =>
        text.AppendLine().AppendLine(new string('=', 100)).AppendLine(title).AppendLine();
}
