namespace ModelBuild.Runtime;

/// <summary>Work that is cut into units. They touch different memory, so that they may run in any order and on any thread.</summary>
internal interface IParallelWork
{
    /// <summary>Does one unit. It must not share work itself.</summary>
    /// <param name="unit">Its number, from 0.</param>
    void Run(int unit);
}
