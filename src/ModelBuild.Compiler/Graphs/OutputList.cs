using System.Collections.ObjectModel;

namespace ModelBuild.Compiler.Graphs;

/// <summary>What a graph gives out, in order. Values know how often they stand here, so that nobody has to search.</summary>
/// <param name="released">Told of a value that stands here no longer.</param>
internal sealed class OutputList(Action<Value> released) : Collection<Value>
{
    public void AddRange(IEnumerable<Value> values)
    {
        foreach (Value value in values)
        {
            Add(value);
        }
    }

    protected override void InsertItem(int index, Value item)
    {
        base.InsertItem(index, item);
        item.OutputCount++;
    }

    protected override void SetItem(int index, Value item)
    {
        Value old = this[index];
        base.SetItem(index, item);
        item.OutputCount++;
        Release(old);
    }

    protected override void RemoveItem(int index)
    {
        Value old = this[index];
        base.RemoveItem(index);
        Release(old);
    }

    protected override void ClearItems()
    {
        while (Count > 0)
        {
            RemoveItem(Count - 1);
        }
    }

    private void Release(Value value)
    {
        value.OutputCount--;
        released(value);
    }
}
