using Microsoft.Build.Framework;

namespace ModelBuild.Tasks;

/// <summary>What a task about QuantizedModel items is told: the items it is for, and the project they stand in.</summary>
public abstract class ModelTask : Microsoft.Build.Utilities.Task
{
    /// <summary>The models, with the metadata that ModelBuild.targets gives them.</summary>
    [Required]
    public ITaskItem[] Models { get; set; } = [];

    /// <summary>The namespace of classes whose item names none.</summary>
    public string RootNamespace { get; set; } = string.Empty;

    /// <summary>Full path of the project's folder: what items say is relative to it, never to the current directory.</summary>
    [Required]
    public string ProjectDirectory { get; set; } = string.Empty;

    /// <summary>The folder of the pages that errors link to.</summary>
    [Required]
    public string HelpDirectory { get; set; } = string.Empty;

    private protected IEnumerable<ModelItem> ToModels(IEnumerable<ITaskItem> items) =>
        items.Select(item => new ModelItem(item, RootNamespace, ProjectDirectory));
}
