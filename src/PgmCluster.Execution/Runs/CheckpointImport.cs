using System.Globalization;
using System.Text.Json.Nodes;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Checkpoints;
using PgmCluster.Data.Safetensors;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Runtime;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Runs;

/// <summary>Makes weights of this program out of a checkpoint of the public code, or of any file with its names.</summary>
public static class CheckpointImport
{
    private const string CompatKey = "compatReference";

    /// <summary>Rows and columns where nothing says otherwise: those of the published models, 256 pixels in VQ-8 codes.</summary>
    private const int PublishedSide = 32;

    /// <summary>
    /// Resolves the preset that the checkpoint's model is to be built by. Classes, codebook and grid come from the tensors' shapes where
    /// they show them (a partition transformer's grid leaves no trace: 32 x 32), and models that can reproduce the public code's inference
    /// do so, unless preset or overrides say otherwise.
    /// </summary>
    /// <exception cref="BadInputException">Unknown preset or key, or a bad value.</exception>
    public static ResolvedSpecification Resolve(
        ReferenceCheckpoint checkpoint, ISpecificationResolver resolver, string preset, IReadOnlyDictionary<string, string> overrides)
    {
        var facts = Facts(checkpoint, overrides);
        var resolved = resolver.Resolve(preset, overrides, seed: 0, facts);
        var key = "model." + CompatKey;
        if (overrides.Keys.Any(k => string.Equals(k, key, StringComparison.OrdinalIgnoreCase))
            || JsonNode.Parse(resolved.Json)!["model"]![CompatKey] is null)
            return resolved;
        return resolver.Resolve(preset, new Dictionary<string, string>(overrides) { [key] = "true" }, seed: 0, facts);
    }

    /// <summary>
    /// Writes a weights file, durably and as a whole: float32, names and shapes checked against the specification's model.
    /// </summary>
    /// <param name="checkpoint">The source; its averaged weights, too, where it has some.</param>
    /// <param name="specification">From <see cref="Resolve"/>.</param>
    /// <param name="path">The file that <see cref="ModelFiles"/> can load.</param>
    /// <param name="cancellation">Ends the writing; then nothing has changed.</param>
    /// <exception cref="BadInputException">Wrong shapes, missing and surplus tensors, all listed at once. Nothing has changed.</exception>
    /// <exception cref="DataCorruptException">The checkpoint is damaged. Nothing has changed.</exception>
    public static ImportedWeights ToWeightsFile(
        ReferenceCheckpoint checkpoint, ResolvedSpecification specification, string path, CancellationToken cancellation = default)
    {
        var (writer, imported) = Prepare(checkpoint, specification);
        AtomicFile.Write(path, writer.WriteTo, cancellation);
        return imported;
    }

    /// <summary>The same for an artifact store.</summary>
    public static (ArtifactInfo File, ImportedWeights Imported) ToWeightsFile(
        ReferenceCheckpoint checkpoint, ResolvedSpecification specification, IArtifactStore store, string name)
    {
        var (writer, imported) = Prepare(checkpoint, specification);
        return (store.Write(name, writer.WriteTo), imported);
    }

    private static (SafetensorsWriter Writer, ImportedWeights Imported) Prepare(
        ReferenceCheckpoint checkpoint, ResolvedSpecification specification)
    {
        if (checkpoint.Problems.Count > 0)
            throw new BadInputException(
                $"Importing {checkpoint.Path}: {string.Join("; ", checkpoint.Problems)}. Use a checkpoint without these.");
        NativeRuntime.Load();
        using var scope = NewDisposeScope();
        using var model = ModelKinds.Get(specification.Kind).CreateModel(SpecificationJson.Parse(specification.Json), CPU);
        var state = StateDict.Of(model);
        var fit = CheckpointFit.Of(checkpoint, state.Entries.Select(e => e.Name));
        var writer = new SafetensorsWriter
        {
            Metadata = { ["specification"] = specification.Json,
            ["imported"] = Path.GetFileName(checkpoint.Path) }
        };
        if (checkpoint.Iter is { } iter) writer.Metadata["iter"] = iter.ToString(CultureInfo.InvariantCulture);
        Add(writer, "", state, fit.Model, checkpoint.Path);
        if (fit.Average.Count > 0) Add(writer, ModelFiles.EmaPrefix, state, fit.Average, checkpoint.Path);
        var types = state.Entries.ToDictionary(e => e.Name, e => TensorTypes.Of(e.Tensor.dtype), StringComparer.Ordinal);
        return (writer, new ImportedWeights(
            specification, state.Parameters.Sum(p => p.Tensor.numel()), state.Entries.Count, fit.Model.Count(t => types[t.Name] != t.Type),
            checkpoint.Iter)
        {
            HasAverage = fit.Average.Count > 0,
            Notes = [.. checkpoint.Notes, .. fit.Notes],
        });
    }

    private static void Add(
        SafetensorsWriter writer, string prefix, StateDict state, IReadOnlyList<CheckpointTensor> tensors, string source)
    {
        WeightsFile.Check(state, tensors, source);
        var byName = tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
        foreach (var (name, tensor, _) in state.Entries)
        {
            var (type, given) = (tensor.dtype, byName[name]);
            writer.Add(prefix + name, TensorTypes.Of(type), given.Shape, stream =>
            {
                if (TensorTypes.Of(type) == given.Type)
                {
                    given.CopyTo(stream);
                    return;
                }
                using var converting = NewDisposeScope();
                stream.Write(WeightsFile.Read(given).to_type(type).bytes);
            });
        }
    }

    /// <summary>What the tensors of the public code's models show about the data they were trained on.</summary>
    private static DataFacts Facts(ReferenceCheckpoint checkpoint, IReadOnlyDictionary<string, string> overrides)
    {
        int Rows(string name) => (int)Math.Min(int.MaxValue, Find(name)?.Shape.FirstOrDefault() ?? 0);
        // Behind whatever prefix the names lie.
        CheckpointTensor? Find(string name) =>
            checkpoint.Model.FirstOrDefault(t => t.Name == name)
                ?? checkpoint.Model.FirstOrDefault(t => t.Name.EndsWith("." + name, StringComparison.Ordinal));
        int Override(string key, int otherwise) =>
            int.TryParse(overrides.GetValueOrDefault(key), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
                ? value
                : otherwise;
        // MaskGIT has an embedding per position; the partition transformer's positions leave no trace.
        var side = Rows("pos_emb.weight") is > 0 and var positions ? (int)Math.Sqrt(positions) : PublishedSide;
        return new DataFacts
        {
            // One more row stands for "label dropped".
            Classes = Math.Max(0, Math.Max(Rows("cls_embed.embedding_table.weight"), Rows("cls_emb.weight")) - 1),
            // Beside the codes: mask and bos here, mask alone there.
            Codebook = Math.Max(0, Math.Max(Rows("vocab_embed.embedding") - 2, Rows("tok_emb.weight") - 1)),
            Height = Override("data.height", side),
            Width = Override("data.width", side),
        };
    }
}
