using PgmCluster.TestSupport;

namespace PgmCluster.Silo.Tests.Compatibility;

/// <summary>
/// Silos of neighbouring versions work side by side, and each goes on with what the other has stored. <c>approved-contract.txt</c> lists
/// what they agree on.
/// </summary>
public sealed class ContractTests
{
    private static string Approved => Path.Combine(RepositoryRoot.Path, "tests/PgmCluster.Silo.Tests/Compatibility/approved-contract.txt");

    [Fact]
    public void Contract_WhatVersionsAgreeOn_IsAsApproved()
    {
        var present = ContractLines.All().Order(StringComparer.Ordinal).ToList();
        var approved = File.Exists(Approved) ? File.ReadAllLines(Approved) : [];

        AssertNone(ContractChanges.Broken(approved, present));
        if (Environment.GetEnvironmentVariable("PGM_APPROVE_CONTRACT") == "1") File.WriteAllLines(Approved, present);
        else AssertNone(ContractChanges.Added(approved, present));
    }

    [Fact]
    public void Changes_OfAContract_AreTold()
    {
        string[] approved = ["member pgm.A 0 Name: String", "enum E One = 1", "version pgm.I 1"];

        Assert.Empty(ContractChanges.Broken(approved, [.. approved, "enum E Two = 2"]));
        Assert.Empty(ContractChanges.Broken(approved, ["member pgm.A 0 Name: String", "enum E One = 1", "version pgm.I 2"]));
        Assert.Contains("'enum E One = 1' is no longer so", Assert.Single(ContractChanges.Broken(
            approved, ["member pgm.A 0 Name: String", "enum E One = 3", "version pgm.I 1"])));
        Assert.Single(ContractChanges.Broken(approved, ["member pgm.A 0 Name: String", "enum E One = 1", "version pgm.I 0"]));
        Assert.Contains("'enum E Two = 2' is new", Assert.Single(ContractChanges.Added(approved, [.. approved, "enum E Two = 2"])));
    }

    [Fact]
    public void Types_ThatAreSentOrStored_HaveAliasesAndIdsOfTheirOwn()
    {
        AssertNone(
            ContractLines.Sent.Where(t => ContractLines.Alias(t) is null).Select(t => $"{t.FullName} needs [Alias(\"pgm.{t.Name}\")]"));
        AssertOnce(ContractLines.Sent.Concat(ContractLines.Interfaces).Select(t => ContractLines.Alias(t)!));
        foreach (var type in ContractLines.Sent) AssertOnce(ContractLines.Members(type).Select(m => $"{type.Name} id {m.Id}"));
        // Parameters of a record without an id of their own have one by their place.
        AssertNone(
            from type in ContractLines.Sent
            let known = ContractLines.Members(type).Select(m => m.Name).ToHashSet()
            from parameter in RecordParameters(type)
            where !known.Contains(parameter)
            select $"{type.FullName}.{parameter} has its id by its place: give it [property: Id(n)]");
    }

    [Fact]
    public void Grains_AndTheirInterfaces_HaveNamesAndVersionsOfTheirOwn()
    {
        AssertNone(
            ContractLines.Interfaces.Where(i => ContractLines.Alias(i) is null).Select(
                i => $"{i.FullName} needs [Alias(\"pgm.{i.Name}\")]"));
        AssertNone(ContractLines.Interfaces.Where(i => !i.IsDefined(typeof(Orleans.CodeGeneration.VersionAttribute), false)).Select(i =>
            $"{i.FullName} needs [Version(0)]; one more once silos of before must not answer for it any more"));
        AssertNone(ContractLines.Interfaces.SelectMany(i => i.GetMethods()).Where(m => ContractLines.Alias(m) is null).Select(m =>
            $"{m.DeclaringType!.FullName}.{m.Name} needs [Alias(\"{m.Name}\")]"));
        AssertNone(ContractLines.Grains.Where(g => ContractLines.GrainType(g) is null).Select(g =>
            $"{g.FullName} needs [GrainType(\"{g.Name.ToLowerInvariant().Replace("grain", "", StringComparison.Ordinal)}\")]"));
        AssertNone(ContractLines.States.Where(s => ContractLines.StateName(s.State) is null).Select(s =>
            $"The state of {s.Grain.FullName} needs a name: [PersistentState(\"...\", \"Default\")]"));
        AssertOnce(ContractLines.Grains.Select(g => ContractLines.GrainType(g)!));
        foreach (var type in ContractLines.Interfaces) AssertOnce(type.GetMethods().Select(m => $"{type.Name}.{ContractLines.Alias(m)}"));
    }

    [Fact]
    public void Enums_ThatAreSentOrStored_HaveNumbersOfTheirOwn()
    {
        var sources = Directory.GetFiles(Path.Combine(RepositoryRoot.Path, "src"), "*.cs", SearchOption.AllDirectories)
            .Select(File.ReadAllText).Where(s => s.Contains("enum ", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(ContractLines.Enums);
        AssertNone(
            from type in ContractLines.Enums
            let source = sources.FirstOrDefault(s => s.Contains($"enum {type.Name}", StringComparison.Ordinal)) ?? ""
            from name in Enum.GetNames(type)
            let number = $"{name} = {Convert.ToInt64(Enum.Parse(type, name), null)}"
            where !source.Contains(number, StringComparison.Ordinal)
            select $"{type.FullName}.{name} has its number by its place: write '{number}'");
    }

    private static IEnumerable<string> RecordParameters(Type type) =>
        type.GetMethod("Deconstruct") is { } deconstruct ? deconstruct.GetParameters().Select(p => p.Name!) : [];

    private static void AssertNone(IEnumerable<string> wrong) =>
        Assert.True(!wrong.Any(), string.Join(Environment.NewLine, wrong));

    private static void AssertOnce(IEnumerable<string> names) =>
        AssertNone(names.GroupBy(n => n).Where(g => g.Count() > 1).Select(g => $"'{g.Key}' is there {g.Count()} times"));
}
