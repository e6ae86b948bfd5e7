using System.Text.Json.Nodes;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Footprints;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Models;

/// <summary>A kind of model that can be trained.</summary>
public interface IModelKind
{
    /// <summary>"tokenizer", "classifier", "pgm", "pgm-once" or "maskgit".</summary>
    string Name { get; }

    /// <summary>True where it trains on token shards instead of images.</summary>
    bool NeedsTokens { get; }

    /// <summary>The record that "model" of a specification is read as.</summary>
    Type SettingsType { get; }

    /// <summary>The model's settings with every default, sizes from the data filled in.</summary>
    JsonObject DefaultModel(DataFacts facts);

    /// <summary>Adds the groups of settings, with their defaults, that only this kind has.</summary>
    void AddGroups(JsonObject specification);

    /// <summary>Sets what follows from other settings, after preset and overrides.</summary>
    void Complete(JsonObject specification);

    /// <summary>Every problem of the model's settings, one line each with the full key.</summary>
    IEnumerable<string> Problems(TrainingSpecification specification);

    /// <summary>What training takes, a micro-batch at a time.</summary>
    ModelFootprint Footprint(TrainingSpecification specification);

    /// <summary>Makes the model; its weights are whatever they are, to be loaded from a file.</summary>
    /// <param name="specification">Shape and compute type.</param>
    /// <param name="device">Where it computes.</param>
    NamedModule CreateModel(TrainingSpecification specification, Device device);

    /// <summary>Makes the model with its initial weights on the context's device, and opens the data.</summary>
    TrainingTask CreateTask(TrainingSpecification specification, TrainWork work, WorkContext context);
}
